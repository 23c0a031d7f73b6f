//! The kinds of change, each with who breaks on the wire, what it does to Rust source, and how it raises the version.

use std::fmt;

/// Who breaks when only one side follows the new contract.
///
/// Servers alone are the lesser evil: whatever was written against the old contract goes on with the service, and only
/// an older service or sandbox does not serve programs that use what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// No one.
    Nobody,
    /// Services that follow the old contract, met by programs written against the new one.
    Servers,
    /// Programs written against the old contract that meet a service which follows the new one.
    Callers,
    /// Callers and servers.
    Both,
}

impl Wire {
    /// Whether programs written against the old contract break.
    pub fn breaks_callers(self) -> bool {
        matches!(self, Self::Callers | Self::Both)
    }

    /// Whoever breaks by one or the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, wire) | (wire, Self::Nobody) => wire,
            (one, other) if one == other => one,
            _ => Self::Both,
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody",
            Self::Servers => "servers",
            Self::Callers => "callers",
            Self::Both => "both",
        })
    }
}

/// What a change does to the source of programs that use `mde-client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RustSource {
    /// Nothing but documentation and the values of constants.
    None,
    /// There is more than before, or more values are taken; all that was there stays.
    Additive,
    /// What compiled may compile no more, or a value that was taken is refused.
    Breaking,
}

impl fmt::Display for RustSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        })
    }
}

/// Which part of a version a change raises, in the terms of semantic versioning from 1.0.0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bump {
    /// There is no change.
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffRule {
    /// Its name, in kebab-case. Stable.
    pub id: &'static str,
    /// Who breaks, as a rule; a single change may say otherwise.
    pub wire: Wire,
    /// What it does to users of `mde-client`, as a rule; a single change may say otherwise.
    pub rust: RustSource,
    /// How the contract's version is raised where nobody breaks: patch for words, minor for facts.
    pub harmless_bump: Bump,
    /// What it means, and why it breaks whom it breaks.
    pub summary: &'static str,
}

/// Writes a constant for each kind of change, and the table of all of them.
macro_rules! diff_rules {
    ($($constant:ident = $id:literal, $wire:ident, $rust:ident, $bump:ident: $summary:literal,)+) => {
        $(pub(super) const $constant: &DiffRule = &DiffRule {
            id: $id,
            wire: Wire::$wire,
            rust: RustSource::$rust,
            harmless_bump: Bump::$bump,
            summary: $summary,
        };)+

        /// Every kind of change, ordered by what it is about.
        pub const DIFF_RULES: &[&DiffRule] = &[$($constant),+];
    };
}

diff_rules! {
    // Words and form
    OPENAPI_VERSION_CHANGED = "openapi-version-changed", Nobody, None, Patch:
        "The contract is written in another version of OpenAPI.",
    TITLE_CHANGED = "title-changed", Nobody, None, Patch:
        "The contract has another title.",
    CONTRACT_VERSION_CHANGED = "contract-version-changed", Nobody, None, Patch:
        "The contract has another version.",
    INFORMATION_CHANGED = "information-changed", Nobody, None, Patch:
        "Information beside the contract changed: contact, licence, an example, a link.",
    DESCRIPTION_CHANGED = "description-changed", Nobody, None, Patch:
        "A text for people changed.",
    DEPRECATION_CHANGED = "deprecation-changed", Nobody, None, Minor:
        "Something is marked as deprecated, or no longer is. It works as before, and the mark is documentation only.",
    TAG_LIST_CHANGED = "tag-list-changed", Nobody, None, Patch:
        "A tag is described that was not, or no longer is.",
    OPERATION_TAG_CHANGED = "operation-tag-changed", Nobody, None, Patch:
        "An operation stands under another tag. All methods are the client's, whatever the tag.",
    ORDER_CHANGED = "order-changed", Nobody, None, Patch:
        "A list is in another order, which means nothing but the order in which people and programs are shown it.",
    RESTRUCTURED = "restructured", Nobody, None, Patch:
        "The same is written in another form, such as in place instead of by a reference.",
    UNUSED_COMPONENT_CHANGED = "unused-component-changed", Nobody, None, Patch:
        "A shared parameter, response or header changed that nothing refers to.",
    UNCLASSIFIED_CHANGE = "unclassified-change", Both, Breaking, Minor:
        "Something changed that the comparison does not know. It counts as breaking for everyone, and a person must judge.",

    // Servers
    SERVER_ADDED = "server-added", Nobody, Additive, Minor:
        "There is one more host. Using it is optional.",
    SERVER_REMOVED = "server-removed", Callers, Breaking, Minor:
        "A host is gone, and so are its callers' answers and the constant for it.",
    SERVER_RENAMED = "server-renamed", Nobody, Breaking, Minor:
        "A host has another name, which is that of a constant and what users write. Additive where the old name stays as an alias.",
    SERVER_URL_CHANGED = "server-url-changed", Callers, None, Minor:
        "A name stands for another host; callers of the old host are left without it.",
    SERVER_AUTHORITY_CHANGED = "server-authority-changed", Both, None, Minor:
        "The sign-in authority changed: neither side accepts the tokens of the other.",
    SERVER_AUDIENCE_CHANGED = "server-audience-changed", Both, None, Minor:
        "Tokens are for another audience: neither side accepts the tokens of the other.",
    DEFAULT_SERVER_CHANGED = "default-server-changed", Callers, None, Minor:
        "Another host is the first. Tools that take the first where none is named, such as mock servers, pages that try a call and generators of other clients, silently send elsewhere. mde-client has no such default.",
    SERVER_ALIAS_ADDED = "server-alias-added", Nobody, Additive, Minor:
        "A host has one more name.",
    SERVER_ALIAS_REMOVED = "server-alias-removed", Nobody, Breaking, Minor:
        "A name of a host is gone, and the constant with it.",

    // Signing in
    SECURITY_REQUIRED = "security-required", Callers, None, Minor:
        "An operation asks for a token that did not.",
    SECURITY_NOT_REQUIRED = "security-not-required", Servers, None, Minor:
        "An operation no longer asks for a token; an older server does.",
    SECURITY_ALTERNATIVE_ADDED = "security-alternative-added", Servers, None, Minor:
        "There is another way to be admitted, which an older server does not know.",
    SECURITY_ALTERNATIVE_REMOVED = "security-alternative-removed", Callers, None, Minor:
        "A way to be admitted is gone.",
    SCOPE_CHANGED = "scope-changed", Both, None, Minor:
        "A token is requested with another scope: neither side accepts the tokens of the other. An added scope breaks callers only, a removed one servers only.",
    SECURITY_SCHEME_ADDED = "security-scheme-added", Nobody, None, Minor:
        "A way to sign in is described. The operations that use it are reported separately.",
    SECURITY_SCHEME_REMOVED = "security-scheme-removed", Nobody, None, Minor:
        "A way to sign in is no longer described. The operations that used it are reported separately.",
    SECURITY_SCHEME_RENAMED = "security-scheme-renamed", Nobody, None, Patch:
        "A way to sign in has another name, which is not part of a request.",
    SIGN_IN_CHANGED = "sign-in-changed", Both, None, Minor:
        "The sign-in method changed. An added flow breaks servers only, a removed one callers only.",
    TOKEN_URL_CHANGED = "token-url-changed", Both, None, Minor:
        "Tokens come from another endpoint: neither side accepts the tokens of the other.",
    OFFERED_SCOPE_ADDED = "offered-scope-added", Servers, None, Minor:
        "A scope can be asked for that an older authority does not grant.",
    OFFERED_SCOPE_REMOVED = "offered-scope-removed", Callers, None, Minor:
        "A scope can no longer be asked for.",

    // Operations
    OPERATION_ADDED = "operation-added", Servers, Additive, Minor:
        "There is one more operation, which an older server does not have.",
    OPERATION_REMOVED = "operation-removed", Callers, Breaking, Minor:
        "An operation is gone, and the methods, the builders and the constant for it.",
    OPERATION_MOVED = "operation-moved", Both, None, Minor:
        "An operation has another path or method: what the one side sends, the other does not know. The method in Rust stays.",
    OPERATION_ID_RENAMED = "operation-id-renamed", Nobody, Breaking, Minor:
        "An operation has another id. Requests stay as they are; the methods, the builders and the constant have other names.",
    PERMISSION_ADDED = "permission-added", Servers, None, Minor:
        "Another kind of app may call, one that acts for itself or for a user; an older server refuses it.",
    PERMISSION_REMOVED = "permission-removed", Callers, None, Minor:
        "A kind of app may no longer call, one that acts for itself or for a user.",
    PERMISSION_CHANGED = "permission-changed", Both, None, Minor:
        "Another permission is needed: neither side accepts the one that was granted for the other.",
    PERMISSION_DISPLAY_NAME_CHANGED = "permission-display-name-changed", Nobody, None, Patch:
        "The portal shows another name for a permission.",
    USER_ROLE_ADDED = "user-role-added", Callers, None, Minor:
        "A user needs a role permission on top, where none was needed.",
    USER_ROLE_REMOVED = "user-role-removed", Servers, None, Minor:
        "A user needs no role permission on top any more; an older server asks for it.",
    USER_ROLE_CHANGED = "user-role-changed", Both, None, Minor:
        "A user needs another role permission: neither side accepts the other's.",
    QUOTA_LOWERED = "quota-lowered", Callers, None, Minor:
        "Fewer calls are allowed: a program at the old pace is throttled.",
    QUOTA_RAISED = "quota-raised", Servers, None, Minor:
        "More calls are allowed: an older server throttles a program at the new pace.",
    QUOTA_WINDOW_ADDED = "quota-window-added", Callers, None, Minor:
        "Calls are counted within one more length of time, too.",
    QUOTA_WINDOW_REMOVED = "quota-window-removed", Servers, None, Minor:
        "Calls are no longer counted within a length of time; an older server does count them.",

    // Parameters
    OPTIONAL_PARAMETER_ADDED = "optional-parameter-added", Servers, Additive, Minor:
        "There is one more parameter. An older server refuses it, or answers as if it were not there.",
    REQUIRED_PARAMETER_ADDED = "required-parameter-added", Both, Breaking, Minor:
        "There is one more parameter, and a call must give it; an older server does not know it.",
    PARAMETER_REMOVED = "parameter-removed", Callers, Breaking, Minor:
        "A parameter is gone: it is refused, or answered as if it were not there. An older server asks for it if it was required.",
    PARAMETER_BECAME_REQUIRED = "parameter-became-required", Callers, Breaking, Minor:
        "A call must give a parameter that it could leave out. It moves from the builder to the method.",
    PARAMETER_BECAME_OPTIONAL = "parameter-became-optional", Servers, Breaking, Minor:
        "A call may leave out a parameter that an older server asks for. It moves from the method to the builder.",
    PATH_PARAMETER_RENAMED = "path-parameter-renamed", Nobody, None, Patch:
        "A part of the path has another name, which is not part of a request.",
    PATH_PARAMETER_MOVED = "path-parameter-moved", Both, Breaking, Minor:
        "A part of the path stands where another one stood. Where both take the same values, the arguments of a call change places silently.",
    PARAMETER_RESPELLED = "parameter-respelled", Both, None, Minor:
        "A parameter is spelt differently on the wire; in Rust it is the same name.",

    // Answers
    STATUS_ADDED = "status-added", Nobody, None, Minor:
        "An error status is documented. A program has to cope with every status, documented or not.",
    STATUS_REMOVED = "status-removed", Nobody, None, Minor:
        "An error status is no longer documented. A program has to cope with every status, documented or not; but what it reads in a header of the answer is gone, so one that had headers breaks callers.",
    SUCCESS_STATUS_CHANGED = "success-status-changed", Both, Breaking, Minor:
        "An answer comes with another status, or there is one more.",
    ERROR_CODE_ADDED = "error-code-added", Nobody, None, Minor:
        "A code is documented. The codes are an open set.",
    ERROR_CODE_REMOVED = "error-code-removed", Nobody, None, Minor:
        "A code is no longer documented. The codes are an open set.",
    HEADER_ADDED = "header-added", Nobody, None, Minor:
        "An answer may have one more header. Where it always has it, an older server does not send it.",
    HEADER_REMOVED = "header-removed", Callers, None, Minor:
        "A header is gone from an answer.",
    HEADER_BECAME_REQUIRED = "header-became-required", Servers, None, Minor:
        "An answer always has a header that an older server may leave out.",
    HEADER_BECAME_OPTIONAL = "header-became-optional", Callers, None, Minor:
        "An answer may lack a header that it always had.",
    MEDIA_TYPE_CHANGED = "media-type-changed", Both, Breaking, Minor:
        "An answer comes in another form.",

    // Schemas
    SCHEMA_ADDED = "schema-added", Nobody, Additive, Minor:
        "There is one more named schema, and a type for it where it is a value or part of an answer.",
    SCHEMA_REMOVED = "schema-removed", Nobody, Breaking, Minor:
        "A named schema is gone, and the type for it where it was a value or part of an answer.",
    SCHEMA_RENAMED = "schema-renamed", Nobody, Breaking, Minor:
        "A schema has another name, which is not part of an answer; the type has another name.",
    SCHEMA_NOW_USED = "schema-now-used", Nobody, Additive, Minor:
        "An answer is made of a schema that none was made of; the type becomes public.",
    SCHEMA_NO_LONGER_USED = "schema-no-longer-used", Nobody, Breaking, Minor:
        "No answer is made of a schema any more; the type is no longer public.",
    SCHEMA_RECURSION_CHANGED = "schema-recursion-changed", Nobody, Breaking, Minor:
        "A schema contains itself, or no longer does; what holds it may have to be a `Box`, or need none any more.",
    TYPE_CHANGED = "type-changed", Both, Breaking, Minor:
        "A value is exchanged for one of another type, neither wider nor narrower: neither side reads what the other sends.",
    TYPE_WIDENED = "type-widened", Servers, Breaking, Minor:
        "A value is of a type that has every value of the old one and more: an older server refuses what is new. In an answer it is a caller who does not read it.",
    TYPE_NARROWED = "type-narrowed", Callers, Breaking, Minor:
        "A value is of a type that has some values of the old one only: what callers send is refused. In an answer it is an older server that may send more.",
    FORMAT_CHANGED = "format-changed", Both, Breaking, Minor:
        "A value is written in another format.",
    INTEGER_WIDENED = "integer-widened", Callers, Breaking, Minor:
        "An integer of an answer may not fit where it did. Of a parameter the bounds decide what is sent.",
    INTEGER_NARROWED = "integer-narrowed", Servers, Breaking, Minor:
        "An older server may send an integer that does not fit. Of a parameter the bounds decide what is sent.",
    BOUND_TIGHTENED = "bound-tightened", Callers, Breaking, Minor:
        "A value is refused that was taken. In an answer it is an older server that may send it.",
    BOUND_LOOSENED = "bound-loosened", Servers, Additive, Minor:
        "A value is taken that an older server refuses. In an answer it is a caller who does not expect it.",
    PATTERN_CHANGED = "pattern-changed", Both, Breaking, Minor:
        "A text has another form. Which texts only one side accepts cannot be computed.",
    ADDRESS_KIND_ADDED = "address-kind-added", Servers, None, Minor:
        "An address may be of one more kind, which an older server refuses. In an answer it is a caller who does not expect it.",
    ADDRESS_KIND_REMOVED = "address-kind-removed", Callers, None, Minor:
        "An address may no longer be of a kind. In an answer it is an older server that may send it.",
    DEFAULT_ADDED = "default-added", Servers, Additive, Minor:
        "The value that the service takes where nothing is sent is documented; an older server may take something else.",
    DEFAULT_CHANGED = "default-changed", Both, None, Minor:
        "The service takes something else where nothing is sent: the same call silently gets another answer. The constant stays, with another value.",
    DEFAULT_REMOVED = "default-removed", Callers, Breaking, Minor:
        "The value that the service takes where nothing is sent is no longer documented, and the constant for it is gone.",
    BECAME_NULLABLE = "became-nullable", Callers, Breaking, Minor:
        "A value may be null that was not. What was an `Option` before stays one.",
    NO_LONGER_NULLABLE = "no-longer-nullable", Servers, Breaking, Minor:
        "A value is no longer null; an older server may send null. What may be left out stays an `Option`.",
    OPTIONAL_PROPERTY_ADDED = "optional-property-added", Nobody, Additive, Minor:
        "An answer may have one more property. Readers ignore what they do not know, and the type is `#[non_exhaustive]`.",
    REQUIRED_PROPERTY_ADDED = "required-property-added", Servers, Breaking, Minor:
        "An answer always has one more property, which an older server does not send. The constructor takes one more argument.",
    PROPERTY_REMOVED = "property-removed", Callers, Breaking, Minor:
        "An answer no longer has a property.",
    PROPERTY_RESPELLED = "property-respelled", Both, None, Minor:
        "A property is spelt differently on the wire; in Rust it is the same field.",
    PROPERTY_BECAME_REQUIRED = "property-became-required", Servers, Breaking, Minor:
        "An answer always has a property that an older server may leave out. What may be null stays an `Option`, a list a `Vec`.",
    PROPERTY_BECAME_OPTIONAL = "property-became-optional", Callers, Breaking, Minor:
        "An answer may lack a property that it always had. What may be null stays an `Option`, a list a `Vec`.",
    UNIT_CHANGED = "unit-changed", Both, None, Minor:
        "A value counts something else: the same number means another thing on either side.",
    ECHO_ADDED = "echo-added", Servers, None, Minor:
        "A property repeats a parameter, which an older server may not do; the client holds answers to it.",
    ECHO_CHANGED = "echo-changed", Both, None, Minor:
        "A property repeats another parameter.",
    ECHO_REMOVED = "echo-removed", Callers, None, Minor:
        "A property no longer repeats a parameter; a caller who relied on it may get an answer about something else.",
}
