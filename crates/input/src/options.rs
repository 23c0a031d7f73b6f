//! The options of the caller.

/// How a source is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Addresses, separated by white space, commas, semicolons, bars or quotes. `#` and `//` begin a comment.
    Lines,
    /// A table: values separated by commas, semicolons, tabs or bars, or columns of a text, or a log that names its fields.
    /// What separates values is detected.
    Csv,
    /// JSON: one document, or one on each line.
    Json,
}

/// How sources are read. By default everything is detected, and each distinct address has one entry.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format of the files and streams, instead of the detected one.
    pub format: Option<Format>,
    /// The columns of tables, each by its heading or its number from 1, or none to find one. With more than one file or
    /// stream they apply to those that are tables.
    pub columns: Vec<String>,
    /// The fields of JSON, each as a path such as `source.ip`, `records[].ip` or `hosts.*.ip`, or none to find one. With more
    /// than one file or stream they apply to those that are JSON.
    pub fields: Vec<String>,
    /// Takes addresses out of any text: a log, a mail, a page. What holds none is passed over, and what may be a damaged
    /// address is still invalid. With columns or fields, it is their texts from which addresses are taken.
    pub extract: bool,
    /// The most addresses that a network or a range may hold, to be read as all of them. By default each is invalid.
    pub expand: Option<u32>,
    /// An entry for each occurrence, instead of one for each distinct address.
    pub keep_duplicates: bool,
    /// Without addresses that belong to no host on the internet: private, shared, loopback, link-local, multicast,
    /// reserved, and those for documentation and benchmarks.
    pub public_only: bool,
}
