//! A second operation needs nothing but its lines in the contract.

use similar::{ChangeTag, TextDiff};

use crate::support::{code, edited, real_contract};

const PATH: &str = "
  /api/domains/{domain}/stats:
    get:
      operationId: getDomainStatistics
      tags: [Domain]
      summary: Get domain statistics
      description: Counts the devices that talked to a domain.
      x-mde-permissions:
        application: {name: URL.Read.All, display-name: Read URLs}
      x-mde-quota:
        - {calls: 100, seconds: 60}
        - {calls: 1500, seconds: 3600}
      parameters:
        - name: lookBackHours
          in: query
          description: How many hours back from now to count devices.
          schema: {$ref: '#/components/schemas/LookBackHours'}
        - name: domain
          in: path
          required: true
          description: The domain to ask about.
          schema: {$ref: '#/components/schemas/DomainName'}
      responses:
        '200':
          description: The statistics.
          content: {application/json: {schema: {$ref: '#/components/schemas/InOrgDomainStats'}}}
        '404':
          description: The route is not known.
          content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}

components:
";

const SCHEMAS: &str = "
  schemas:
    DomainName:
      description: The name of a domain.
      type: string
      pattern: '^[A-Za-z0-9_.-]+$'

    InOrgDomainStats:
      description: What the organization's devices had to do with one domain.
      type: object
      required: [host]
      properties:
        host:
          description: The domain that was asked about.
          type: string
          x-mde-echo: domain
        orgLastSeen:
          description: When a device last connected to the domain.
          nullable: true
          allOf: [{$ref: '#/components/schemas/Timestamp'}]
";

pub(crate) fn with_domains() -> String {
    let contract = edited(&real_contract(), "\ncomponents:\n", PATH);
    let contract = edited(&contract, "\n  schemas:\n", SCHEMAS);
    edited(&contract, "\ntags:\n", "\ntags:\n  - name: Domain\n    description: Questions about a domain.\n")
}

/// Each piece of the code stands between empty lines; the transport is progenitor's.
#[test]
fn builder_constants_and_newtype_are_written() {
    let code = code(&with_domains());
    let pieces = code.split("\n\n").take_while(|piece| !piece.contains("mod transport"));
    let pieces: Vec<_> = pieces.filter(|piece| piece.contains("Domain")).collect();
    insta::assert_snapshot!(pieces.join("\n\n"));
}

#[test]
fn what_was_there_stays_but_for_the_lists() {
    let (before, after) = (code(&real_contract()), code(&with_domains()));
    let diff = TextDiff::from_lines(&before, &after);
    let removed: Vec<_> = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Delete)
        .map(|change| change.value())
        .collect();
    let lists = [
        "pub use self::transport::types::{ErrorDetail, ErrorEnvelope, InOrgIpStats};\n",
        "    pub const ALL: &[&crate::Operation] = &[&GET_IP_STATISTICS];\n",
    ];
    assert_eq!(removed, lists);
}

#[test]
fn the_transport_takes_the_values_in_the_order_of_the_path() {
    let code = code(&with_domains());
    let without_spaces: String = code.split_whitespace().collect();
    assert!(
        without_spaces.contains("transport.send_get_domain_statistics(&self.domain,self.look_back_hours.as_ref())")
    );
    assert!(code.contains("domain: &'a crate::DomainName,"));
}
