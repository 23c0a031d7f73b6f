//! A second operation needs nothing but its lines in the contract.

use similar::{ChangeTag, TextDiff};

use crate::support::{code, edited, real_contract};

const PATH: &str = "
  /api/certificates/{certificate}/stats:
    get:
      operationId: getCertificateStatistics
      tags: [Certificate]
      summary: Get certificate statistics
      description: Counts the devices that talked to a certificate.
      x-mde-permissions:
        application: {name: Certificate.Read.All, display-name: Read certificates}
      x-mde-quota:
        - {calls: 100, seconds: 60}
        - {calls: 1500, seconds: 3600}
      parameters:
        - name: lookBackHours
          in: query
          description: How many hours back from now to count devices.
          schema: {$ref: '#/components/schemas/LookBackHours'}
        - name: certificate
          in: path
          required: true
          description: The certificate to ask about.
          schema: {$ref: '#/components/schemas/CertificateName'}
      responses:
        '200':
          description: The statistics.
          content: {application/json: {schema: {$ref: '#/components/schemas/InOrgCertificateStats'}}}
        '404':
          description: The route is not known.
          content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}

components:
";

const SCHEMAS: &str = "
  schemas:
    CertificateName:
      description: The name of a certificate.
      type: string
      pattern: '^[A-Za-z0-9_.-]+$'

    InOrgCertificateStats:
      description: What the organization's devices had to do with one certificate.
      type: object
      required: [host]
      properties:
        host:
          description: The certificate that was asked about.
          type: string
          x-mde-echo: certificate
        orgLastSeen:
          description: When a device last connected to the certificate.
          nullable: true
          allOf: [{$ref: '#/components/schemas/Timestamp'}]
";

pub(crate) fn with_certificates() -> String {
    let contract = edited(&real_contract(), "\ncomponents:\n", PATH);
    let contract = edited(&contract, "\n  schemas:\n", SCHEMAS);
    edited(&contract, "\ntags:\n", "\ntags:\n  - name: Certificate\n    description: Questions about a certificate.\n")
}

/// Each piece of the code stands between empty lines; the transport is progenitor's.
#[test]
fn builder_constants_and_newtype_are_written() {
    let code = code(&with_certificates());
    let pieces = code.split("\n\n").take_while(|piece| !piece.contains("mod transport"));
    let pieces: Vec<_> = pieces.filter(|piece| piece.contains("Certificate")).collect();
    insta::assert_snapshot!(pieces.join("\n\n"));
}

#[test]
fn what_was_there_stays_but_for_the_lists() {
    let (before, after) = (code(&real_contract()), code(&with_certificates()));
    let diff = TextDiff::from_lines(&before, &after);
    let removed: Vec<_> = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Delete)
        .map(|change| change.value())
        .collect();
    let is_list = |line: &&str| {
        line.starts_with("pub use self::transport::types::{")
            || line.starts_with("    pub const ALL: &[&crate::Operation]")
    };
    let lists: Vec<_> = before.split_inclusive('\n').filter(is_list).collect();
    assert_eq!((lists.len(), &removed), (2, &lists));
}

#[test]
fn the_transport_takes_the_values_in_the_order_of_the_path() {
    let code = code(&with_certificates());
    // A long call stands on several lines, with a comma at its end.
    let without_spaces = code.split_whitespace().collect::<String>().replace(",)", ")");
    assert!(
        without_spaces
            .contains("transport.send_get_certificate_statistics(&self.certificate,self.look_back_hours.as_ref())")
    );
    assert!(code.contains("certificate: &'a crate::CertificateName,"));
}
