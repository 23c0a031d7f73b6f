//! Characters that look like those of an address, or are invisible.

/// What a character that is not ASCII looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookAlike {
    Dot,
    Colon,
    /// A digit of another script, or a number such as `①`.
    Digit,
    Invisible,
}

/// What a character looks like, if it is not ASCII and may stand for one of an address.
pub(crate) fn kind(c: char) -> Option<LookAlike> {
    match c {
        _ if c.is_ascii() => None,
        '。' | '．' | '｡' | '․' | '‧' | '·' | '•' | '∙' | '⋅' | '٫' | '۔' | '・' | '･' | '﹒' | '܁' | '܂' | '᛫'
        | '⸱' | '˙' | '⸳' | '⦁' | '●' | '\u{387}' | '\u{1427}' | '\u{a4f8}' | '\u{a60e}' | '\u{a78f}' | '\u{10a50}' => {
            Some(LookAlike::Dot)
        }
        '：' | '∶' | '﹕' | '˸' | 'ː' | '︰' | '︓' | '꞉' | '׃' | '܃' | '܄' | '᛬' | '։' => {
            Some(LookAlike::Colon)
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => Some(LookAlike::Invisible),
        _ => c.is_numeric().then_some(LookAlike::Digit),
    }
}

/// The text as it looks: with the ASCII characters for those that look like them, and without the invisible ones.
pub(crate) fn as_it_looks(text: &str) -> String {
    let shown = |c: char| match kind(c) {
        Some(LookAlike::Dot) => Some('.'),
        Some(LookAlike::Colon) => Some(':'),
        // Which digit it is does not matter to whoever asks.
        Some(LookAlike::Digit) => Some('1'),
        Some(LookAlike::Invisible) => None,
        None => Some(c),
    };
    text.chars().filter_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{LookAlike, as_it_looks, kind};

    #[test]
    fn each_kind_is_known() {
        let cases = [
            ("。．｡․‧·•∙⋅٫۔・･﹒●", LookAlike::Dot),
            ("：∶﹕˸ː︰꞉׃", LookAlike::Colon),
            ("０９١۱१①", LookAlike::Digit),
            ("\u{ad}\u{200b}\u{200e}\u{202e}\u{2066}\u{feff}\u{fe0f}", LookAlike::Invisible),
        ];
        for (characters, expected) in cases {
            for c in characters.chars() {
                assert_eq!(kind(c), Some(expected), "{c:?}");
            }
        }
        assert!("1.:aé例\u{a0}".chars().all(|c| kind(c).is_none()));
    }

    #[test]
    fn a_text_is_as_it_looks() {
        assert_eq!(as_it_looks("192・0．２.1\u{200b}：x"), "192.0.1.1:x");
    }
}
