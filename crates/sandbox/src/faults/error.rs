//! Why something is no fault.

/// Why a text, or what was put together by methods, is no [`Fault`](crate::Fault).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The text contains a word that is none of a fault.
    #[error(
        "{word:?} is no word of a fault: write some of status, html, reset, body, content-type, header, truncate, \
         address, delay, next, every, share, seed and on, such as status=503 next=3"
    )]
    UnknownWord {
        /// The word up to its equals sign.
        word: String,
    },
    /// A word is there twice.
    #[error("{word} is given twice in a fault: leave one out, or write two faults")]
    Repeated {
        /// The word up to its equals sign.
        word: String,
    },
    /// A word has a value that cannot be read, or none.
    #[error("{word:?} is not understood in a fault: write {form}")]
    Malformed {
        /// The word with its value.
        word: String,
        /// What is allowed, and an example.
        form: &'static str,
    },
    /// A value in quotes does not end where the word does.
    #[error(
        "the quoted value in {word:?} does not end with the word: write the same quote at its end, \\' or \\\" for one \
         within it, and a space behind it, such as body='not now'"
    )]
    Quotes {
        /// The text from the word on.
        word: String,
    },
    /// A backslash in a value in quotes stands before something else than what it can.
    #[error("{escape:?} means nothing in quotes: write \\\\, \\', \\\", \\n, \\r or \\t")]
    Escape {
        /// The backslash and what follows it.
        escape: String,
    },
    /// No answer can have the status.
    #[error("{status} is no status of an answer: choose one from 200 to 999, such as 503")]
    Status {
        /// The number that was asked for.
        status: u16,
    },
    /// The fault would never come.
    #[error("{word}=0 would be no fault at all: write at least 1, such as {word}=3")]
    Never {
        /// `next` or `every`.
        word: &'static str,
    },
    /// A share is no number from 0 to 1.
    #[error("{share} is no share of calls: choose a number from 0 to 1, such as 0.1 for a tenth")]
    Share {
        /// The number that was asked for.
        share: f64,
    },
    /// A header has a name or a value that HTTP does not allow.
    #[error("{header:?} is no header: write a name, a colon and a value in ASCII, such as header='Retry-After: 5'")]
    Header {
        /// Name and value.
        header: String,
    },
    /// The sandbox sets the header itself, so that connections stay in step.
    #[error("{name} cannot be set: the sandbox does that itself; to promise more than is sent, write truncate=20")]
    OwnHeader {
        /// The name in lower case.
        name: String,
    },
    /// Two words that contradict each other.
    #[error("{one} and {other} do not go together: {reason}")]
    Contradiction {
        /// One of the words.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// Why they do not.
        reason: &'static str,
    },
    /// A word that needs another one.
    #[error("{word} needs {needed}: write {form}")]
    Alone {
        /// The word that is there.
        word: &'static str,
        /// The word that is missing.
        needed: &'static str,
        /// An example of both.
        form: &'static str,
    },
    /// The text says when, and not what.
    #[error("{text:?} says nothing that goes wrong: add it, such as 503, reset, truncate=20 or delay=2s")]
    Nothing {
        /// The whole text.
        text: String,
    },
}
