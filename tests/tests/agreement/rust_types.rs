//! Which type of the client stands for which schema of the contract.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Reads a text as a type and writes it again.
pub(crate) type RoundTrip = fn(&str) -> Result<Json, String>;

/// A type of the client.
pub(crate) struct RustType {
    /// The schema of what it reads and that of what it writes.
    pub(crate) schemas: fn() -> [Json; 2],
    /// Only what a body is made of makes a round trip.
    pub(crate) round_trip: Option<RoundTrip>,
}

// `rust_type`, which gives the type that stands for a schema. `tests/build.rs` writes it from the contract.
include!(concat!(env!("OUT_DIR"), "/rust_type.rs"));

fn of_body<T: JsonSchema + DeserializeOwned + Serialize + PartialEq>() -> RustType {
    RustType { schemas: schemas::<T>, round_trip: Some(round_trip::<T>) }
}

fn of_value<T: JsonSchema>() -> RustType {
    RustType { schemas: schemas::<T>, round_trip: None }
}

/// The schema of what a type reads and that of what it writes.
pub(crate) fn schemas<T: JsonSchema>() -> [Json; 2] {
    let settings = [SchemaSettings::default().for_deserialize(), SchemaSettings::default().for_serialize()];
    settings.map(|settings| settings.into_generator().into_root_schema_for::<T>().to_value())
}

/// What a text becomes that is read as a type and written again; what was written is read as the same once more.
fn round_trip<T: DeserializeOwned + Serialize + PartialEq>(text: &str) -> Result<Json, String> {
    let read = |text: &str| serde_json::from_str::<T>(text).map_err(|error| format!("it cannot be read: {error}"));
    let value = read(text)?;
    let written = serde_json::to_string(&value).map_err(|error| format!("it cannot be written: {error}"))?;
    if read(&written)? != value {
        return Err(format!("what was written is read as something else: {written}"));
    }
    serde_json::from_str(&written).map_err(|error| error.to_string())
}
