//! Where the service is reached, in each cloud.

use mde_codegen::{Document, Pointer};
use serde_json::{Value as Json, json};

use crate::evidence::operations::text;
use crate::evidence::place::Place;
use crate::evidence::source::Source;
use crate::evidence::statement::Speaker;

pub(super) fn say<'a>(speaker: &mut Speaker<'a>, source: &'a Source) {
    for host in source.facts_of("hosts") {
        say_host(speaker, &host);
    }
    for cloud in source.facts_of("clouds") {
        for host in cloud.items("hosts") {
            let Some(server) = say_host(speaker, &host) else { continue };
            for (key, extension) in [("authority", "x-mde-authority"), ("audience", "x-mde-audience")] {
                if let Some(place) = cloud.get(key) {
                    speaker.same(&place, server.child(extension));
                }
            }
        }
    }
}

/// The server of a host, where there is one; the contract must have it.
fn say_host<'a>(speaker: &mut Speaker<'a>, place: &Place<'a>) -> Option<Pointer> {
    let host = place.text()?;
    match of_host(speaker.contract, host) {
        Some(server) => {
            speaker.equals(&place.pointer, place, server.child("url"), json!(format!("https://{host}")));
            Some(server)
        }
        None => {
            speaker.lacks(place, Pointer::root().child("servers"), format!("there is no server https://{host}"));
            None
        }
    }
}

/// Where the server of a host stands.
pub(crate) fn of_host(contract: &Document, host: &str) -> Option<Pointer> {
    servers(contract)
        .into_iter()
        .find(|server| text(contract, &server.child("url")).and_then(|url| url.strip_prefix("https://")) == Some(host))
}

/// Where each server stands.
pub(crate) fn servers(contract: &Document) -> Vec<Pointer> {
    let servers = Pointer::root().child("servers");
    let count = contract.get(&servers).and_then(Json::as_array).map_or(0, Vec::len);
    (0..count).map(|index| servers.child(index)).collect()
}
