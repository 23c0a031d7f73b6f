// Written by `cargo xtask regen` from the files of this folder; an edit here is lost.

use crate::File;

/// The rulings and every file of the evidence, ordered by path.
#[rustfmt::skip]
pub const FILES: &[File] = &[
    File { path: "accepted-breaks.yaml", text: include_str!("../accepted-breaks.yaml") },
    File { path: "documented/SHA256SUMS", text: include_str!("../documented/SHA256SUMS") },
    File { path: "documented/client-microsoft-connector/source.yaml", text: include_str!("../documented/client-microsoft-connector/source.yaml") },
    File { path: "documented/client-splunk/source.yaml", text: include_str!("../documented/client-splunk/source.yaml") },
    File { path: "documented/community-forum-scope/source.yaml", text: include_str!("../documented/community-forum-scope/source.yaml") },
    File { path: "documented/community-specification/source.yaml", text: include_str!("../documented/community-specification/source.yaml") },
    File { path: "documented/endpoint-catalogue/answer.json", text: include_str!("../documented/endpoint-catalogue/answer.json") },
    File { path: "documented/endpoint-catalogue/request.http", text: include_str!("../documented/endpoint-catalogue/request.http") },
    File { path: "documented/endpoint-catalogue/shape.json", text: include_str!("../documented/endpoint-catalogue/shape.json") },
    File { path: "documented/endpoint-catalogue/source.yaml", text: include_str!("../documented/endpoint-catalogue/source.yaml") },
    File { path: "documented/microsoft-learn-clouds/source.yaml", text: include_str!("../documented/microsoft-learn-clouds/source.yaml") },
    File { path: "documented/microsoft-learn-errors/source.yaml", text: include_str!("../documented/microsoft-learn-errors/source.yaml") },
    File { path: "documented/microsoft-learn-exposed-apis/source.yaml", text: include_str!("../documented/microsoft-learn-exposed-apis/source.yaml") },
    File { path: "documented/microsoft-learn-file-statistics/source.yaml", text: include_str!("../documented/microsoft-learn-file-statistics/source.yaml") },
    File { path: "documented/microsoft-learn-ip-statistics-2019/source.yaml", text: include_str!("../documented/microsoft-learn-ip-statistics-2019/source.yaml") },
    File { path: "documented/microsoft-learn-ip-statistics-2024/source.yaml", text: include_str!("../documented/microsoft-learn-ip-statistics-2024/source.yaml") },
    File { path: "documented/microsoft-learn-ip-statistics/answer.json", text: include_str!("../documented/microsoft-learn-ip-statistics/answer.json") },
    File { path: "documented/microsoft-learn-ip-statistics/request.http", text: include_str!("../documented/microsoft-learn-ip-statistics/request.http") },
    File { path: "documented/microsoft-learn-ip-statistics/source.yaml", text: include_str!("../documented/microsoft-learn-ip-statistics/source.yaml") },
    File { path: "documented/microsoft-learn-tokens/source.yaml", text: include_str!("../documented/microsoft-learn-tokens/source.yaml") },
    File { path: "documented/microsoft-learn-tokens/token.json", text: include_str!("../documented/microsoft-learn-tokens/token.json") },
    File { path: "documented/recording-400-bad-request/source.yaml", text: include_str!("../documented/recording-400-bad-request/source.yaml") },
    File { path: "documented/recording-401-inactive-account/source.yaml", text: include_str!("../documented/recording-401-inactive-account/source.yaml") },
    File { path: "documented/recording-403-missing-role/source.yaml", text: include_str!("../documented/recording-403-missing-role/source.yaml") },
    File { path: "documented/recording-404-unknown-route/source.yaml", text: include_str!("../documented/recording-404-unknown-route/source.yaml") },
    File { path: "documented/recording-429-per-hour/source.yaml", text: include_str!("../documented/recording-429-per-hour/source.yaml") },
    File { path: "documented/recording-429-per-minute/answer.json", text: include_str!("../documented/recording-429-per-minute/answer.json") },
    File { path: "documented/recording-429-per-minute/source.yaml", text: include_str!("../documented/recording-429-per-minute/source.yaml") },
    File { path: "documented/recording-regional-context/source.yaml", text: include_str!("../documented/recording-regional-context/source.yaml") },
    File { path: "documented/recording-splunk-values/source.yaml", text: include_str!("../documented/recording-splunk-values/source.yaml") },
    File { path: "documented/recording-swimlane-unknown-address/answer.json", text: include_str!("../documented/recording-swimlane-unknown-address/answer.json") },
    File { path: "documented/recording-swimlane-unknown-address/source.yaml", text: include_str!("../documented/recording-swimlane-unknown-address/source.yaml") },
    File { path: "documented/recording-token-claims/source.yaml", text: include_str!("../documented/recording-token-claims/source.yaml") },
    File { path: "rulings.yaml", text: include_str!("../rulings.yaml") },
];
