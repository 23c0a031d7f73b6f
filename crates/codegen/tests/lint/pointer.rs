//! JSON pointers: escaping, children and parents.

use mde_codegen::Pointer;

#[test]
fn slashes_and_tildes_round_trip() {
    let keys = ["plain", "/api/ips/{ip}", "a~b", "~1", "~0/~", "", "größe", " "];
    let escaped = ["plain", "~1api~1ips~1{ip}", "a~0b", "~01", "~00~1~0", "", "größe", " "];
    for (key, escaped) in keys.into_iter().zip(escaped) {
        let pointer = Pointer::root().child("paths").child(key);
        assert_eq!(pointer.as_str(), format!("/paths/{escaped}"));
        assert_eq!(pointer.last(), key);
        assert_eq!(pointer.parent(), Pointer::root().child("paths"));
    }
}

#[test]
fn an_escaped_key_finds_its_value() {
    let value = serde_json::json!({"/api/{ip}": {"a~1b": [7]}});
    let pointer = Pointer::root().child("/api/{ip}").child("a~1b").child(0);
    assert_eq!(value.pointer(pointer.as_str()), Some(&serde_json::json!(7)));
}

#[test]
fn the_root_is_its_own_parent() {
    let root = Pointer::root();
    assert_eq!(root.as_str(), "");
    assert_eq!(root.to_string(), "/");
    assert_eq!(root.last(), "");
    assert_eq!(root.parent(), root);
    assert_eq!(root.child("a").parent(), root);
}

#[test]
fn only_a_local_reference_is_a_pointer() {
    let local = Pointer::of_reference("#/components/schemas/IpAddress");
    assert_eq!(local, Some(Pointer::root().child("components").child("schemas").child("IpAddress")));
    for elsewhere in ["", "#", "#components", "other.yaml#/a", "https://example.com/a#/b", "/components"] {
        assert_eq!(Pointer::of_reference(elsewhere), None, "{elsewhere:?}");
    }
}
