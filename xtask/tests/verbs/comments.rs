//! The comment on a pull request, as its reviewer reads it: what changed in the contract and in the evidence, and what
//! holds each element. What the added sources say is made up for the test.

use std::fs;

use crate::support::{Copy, Run, assert_runs, contracts_with_evidence, diff};

/// As many characters as GitHub takes.
const LONGEST: usize = 65_536;

const ADDRESS: &str = "https://github.com/example/mde/blob/0123456789abcdef0123456789abcdef01234567";

const VERSION: &str = "  version: 1.0.0\n";

/// The comment, and whether the gate is open.
fn comment(contracts: &Copy) -> Run {
    let run =
        diff(contracts, &["--base", "before", "--format", "markdown", "--blob-url", ADDRESS, "--fail-on", "breaking"]);
    assert!(run.stdout.len() < LONGEST, "{}", run.stdout.len());
    assert!(run.stdout.starts_with("<!-- mde-contract-diff -->\n### "), "{}", run.stdout);
    run
}

fn raise(contracts: &Copy, version: &str) {
    contracts.edit("openapi/mde.yaml", VERSION, &format!("  version: {version}\n"));
}

#[test]
fn a_changed_description_stands_beside_its_evidence() {
    let contracts = contracts_with_evidence();
    raise(&contracts, "1.0.1");
    let text = "How many hours of history to search, back from now.";
    contracts.edit("openapi/mde.yaml", text, "How many hours of history to search, at least 24, back from now.");
    let run = comment(&contracts);
    assert_eq!(run.code, 0);
    run.assert_snapshot("comment-description");
}

#[test]
fn a_property_from_a_recording_names_the_recording() {
    let contracts = contracts_with_evidence();
    raise(&contracts, "1.1.0");
    let legacy = "        orgPrevalence:\n          description: The same";
    let property =
        "        hostName:\n          description: The name that the address resolves to.\n          type: string\n";
    contracts.edit("openapi/mde.yaml", legacy, &format!("{property}{legacy}"));
    let source = "openapi/documented/recording-with-host-name";
    contracts.write(
        &format!("{source}/source.yaml"),
        "title: An answer with the name of the host\npublisher: Nobody\ndate: '2026-01-31'\nkind: recording\n\
         about: Made up for a test.\nspeaks-of: getIPStatistics\nfacts: {}\nexchanges:\n  \
         - {status: 200, answer: answer.json}\n",
    );
    contracts.write(
        &format!("{source}/answer.json"),
        "{\"ipAddress\": \"192.0.2.1\", \"organizationPrevalence\": 3, \"hostName\": \"host.example.com\"}\n",
    );
    contracts.edit(
        "openapi/rulings.yaml",
        "    we-hold: Both times may be null.\n",
        "    we-hold: Both times may be null, and are for an address that nobody talked to.\n",
    );
    let run = comment(&contracts);
    assert_eq!(run.code, 0);
    run.assert_snapshot("comment-property");
}

#[test]
fn a_new_operation_is_shown_with_what_a_call_needs() {
    let contracts = contracts_with_evidence();
    raise(&contracts, "1.1.0");
    let operation = "  /api/certificates/{certificate}/stats:
    get:
      operationId: getCertificateStatistics
      tags: [IP]
      summary: Get certificate statistics
      description: Counts the devices of the organization that connected to a certificate.
      x-mde-permissions:
        application: {name: Certificate.Read.All, display-name: Read certificates}
      x-mde-quota:
        - {calls: 100, seconds: 60}
      parameters:
        - name: certificate
          in: path
          required: true
          description: The certificate to ask about.
          schema: {$ref: '#/components/schemas/CertificateName'}
      responses:
        '200':
          description: The statistics.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/InOrgCertificateStats'}

components:
";
    let schemas = "  schemas:
    CertificateName:
      description: The name of a certificate.
      type: string
      pattern: '^[a-z0-9.-]+$'

    InOrgCertificateStats:
      description: What the organization's devices had to do with one certificate.
      type: object
      required: [host]
      properties:
        host:
          description: The certificate that was asked about.
          type: string

";
    contracts.edit("openapi/mde.yaml", "\ncomponents:\n", &format!("\n{operation}"));
    contracts.edit("openapi/mde.yaml", "  schemas:\n", schemas);
    contracts.write(
        "openapi/documented/certificate-page/source.yaml",
        "title: A page about certificates\npublisher: Nobody\ndate: '2026-01-31'\nkind: documentation\n\
         about: Made up for a test.\nfacts:\n  operation: {method: GET, path: '/api/certificates/{certificate}/stats', \
         operation-id: getCertificateStatistics}\n  \
         permissions:\n    application: {name: Certificate.Read.All, display-name: Read certificates}\n  quota:\n    \
         - {calls: 100, seconds: 60}\n  statuses:\n    - {status: 200}\nexchanges: []\n",
    );
    let run = comment(&contracts);
    assert_eq!(run.code, 0, "{}", run.stdout);
    run.assert_snapshot("comment-operation");
}

#[test]
fn an_accepted_break_is_called_one() {
    let contracts = contracts_with_evidence();
    let bounds = "      maximum: 720\n      default: 720\n";
    contracts.edit(
        "openapi/mde.yaml",
        bounds,
        "      maximum: 700\n      default: 720\n".replace("720", "700").as_str(),
    );
    let open = comment(&contracts);
    assert_eq!(open.code, 4);
    // What the comment has to paste is refused until somebody gives the day and the reason.
    let (_, entries) = open.stdout.split_once("```yaml\n").unwrap();
    let (entries, _) = entries.split_once("```").unwrap();
    contracts.write("openapi/accepted-breaks.yaml", entries);
    let unread = comment(&contracts);
    assert_eq!(unread.code, 4);
    assert!(unread.stdout.contains("accepted-break-form"), "{}", unread.stdout);
    let entries = entries.replace("YYYY-MM-DD", "2026-01-31");
    let entries = entries.replace("because:\n", "because: The service looks back no further.\n");
    contracts.write("openapi/accepted-breaks.yaml", &entries);
    // The version that must follow a break is a new first number, accepted or not.
    let too_low = comment(&contracts);
    assert_eq!(too_low.code, 4);
    assert!(too_low.stdout.contains("the contract 1.0.0 must become 2.0.0"), "{}", too_low.stdout);
    raise(&contracts, "2.0.0");
    let accepted = comment(&contracts);
    assert_eq!(accepted.code, 0, "{}", accepted.stdout);
    assert_runs("comment-break", [("open", open), ("accepted", accepted)]);
}

#[test]
fn a_deleted_source_is_named_first_though_the_contract_is_the_same() {
    let contracts = contracts_with_evidence();
    fs::remove_dir_all(contracts.path("openapi/documented/client-splunk")).unwrap();
    contracts.edit("openapi/documented/microsoft-learn-ip-statistics/answer.json", "63515", "63516");
    let runs = ["markdown", "text", "json"]
        .map(|format| (format, diff(&contracts, &["--base", "before", "--format", format, "--fail-on", "breaking"])));
    assert!(runs.iter().all(|(_, run)| run.code == 0));
    assert_runs("comment-deleted-source", runs);
}

#[test]
fn an_address_that_could_end_a_link_is_none() {
    let contracts = contracts_with_evidence();
    for address in
        ["http://github.com/example/mde/blob/0", "https://example.com/a b/c", "https://example.com/a)/c", "c"]
    {
        let run = diff(&contracts, &["--base", "before", "--blob-url", address]);
        assert_eq!(run.code, 2, "{address}: {}", run.stdout);
        assert!(run.stderr.contains("is not the address of a revision"), "{}", run.stderr);
    }
}
