//! What is wrong with the contract as a whole, and with its servers.

use crate::support::check;

#[test]
fn the_whole() {
    check(
        "contract",
        &[
            ("openapi-is-missing", "openapi: 3.0.3\n", ""),
            ("openapi-is-3-1", "openapi: 3.0.3", "openapi: 3.1.0"),
            ("openapi-is-a-number", "openapi: 3.0.3", "openapi: 3.0"),
            ("title-is-missing", "  title: Hosts\n", ""),
            ("title-is-two-lines", "title: Hosts", r#"title: "Hosts\nfn main() {}""#),
            ("version-is-a-number", "version: 1.2.3", "version: 1.2"),
            ("text-turns-direction", "title: Hosts", r#"title: "Hosts \u202e""#),
            ("extension-is-misspelt", "      x-mde-quota:", "      x-mde-qouta:"),
            ("extension-is-misspelt-in-a-list", "    x-mde-aliases:", "    x-mde-alias:"),
            ("paths-are-missing", "paths:\n", "x-paths:\n"),
            ("paths-are-a-list", "paths:\n", "paths: []\nx-paths:\n"),
            ("path-is-a-reference", "    get:\n", "    $ref: './hosts.yaml'\n    x-get:\n"),
        ],
    );
}

#[test]
fn servers() {
    const SERVER: &str = "\
servers:
  - url: https://api.example.com
    description: The only host.
";
    check(
        "servers",
        &[
            ("servers-are-missing", "servers:\n", "x-servers:\n"),
            ("servers-are-a-mapping", "servers:\n", "servers: {}\nx-servers:\n"),
            ("server-is-no-mapping", "servers:\n", "servers:\n  - https://api.example.org\n"),
            ("server-url-is-not-https", "https://api.example.com", "http://api.example.com"),
            ("server-url-has-a-path", "https://api.example.com", "https://api.example.com/"),
            ("server-url-has-capitals", "https://api.example.com", "https://API.example.com"),
            ("server-url-has-a-variable", "https://api.example.com", "https://{region}.example.com"),
            ("server-authority-is-missing", "    x-mde-authority: https://login.example.com\n", ""),
            ("server-audience-is-no-url", "https://audience.example.com", "audience"),
            ("server-name-is-missing", "    x-mde-name: main\n", ""),
            ("server-name-is-no-kebab", "x-mde-name: main", "x-mde-name: Main"),
            ("server-name-has-two-hyphens", "x-mde-name: main", "x-mde-name: main--1"),
            ("server-name-is-taken", "x-mde-name: main", "x-mde-name: all"),
            ("server-alias-is-its-name", "[first, only]", "[first, main]"),
            ("server-alias-is-a-number", "[first, only]", "[first, 1]"),
            ("server-aliases-are-no-list", "[first, only]", "first"),
            ("server-is-empty", SERVER, "servers:\n  - {}\n  - url: https://api.example.com\n    description: Two.\n"),
            ("server-has-no-description", "    description: The only host.\n", ""),
        ],
    );
}
