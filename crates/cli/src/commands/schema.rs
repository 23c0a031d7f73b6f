//! `mde schema`

use schemars::generate::SchemaSettings;

use crate::cli::SchemaOf;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::output::Json;
use crate::record::Record;
use crate::summary::Summary;

/// Prints a schema, of what is written: the types have no way back.
pub(super) fn run(of: SchemaOf, console: &mut Console) -> Result<Exit, Stop> {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = match of {
        SchemaOf::Document => generator.into_root_schema_for::<Json<'static>>(),
        SchemaOf::Record => generator.into_root_schema_for::<Record>(),
        SchemaOf::Summary => generator.into_root_schema_for::<Summary>(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(std::io::Error::from)?;
    writeln!(console.results(), "{text}")?;
    Ok(Exit::Success)
}
