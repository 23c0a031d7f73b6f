//! What stands before and after a number with dots: it shows whether that is a version, or an address with a port.

/// How far the beginning of a line is looked for.
const MAX_BACK: usize = 512;

/// How far the name before a number may be away, and how long it may be.
const MAX_NAME: usize = 64;

/// How many numbers of a list are looked at.
const MAX_LISTED: usize = 16;

/// How much of the line after an address is looked at.
const MAX_AFTER: usize = 160;

/// Names before the number of a version or of a section, in lower case.
const NUMBERED: [&[u8]; 23] = [
    b"bios",
    b"ver",
    b"v",
    b"release",
    b"released",
    b"rev",
    b"revision",
    b"build",
    b"kernel",
    b"firmware",
    b"update",
    b"patch",
    b"upgrade",
    b"section",
    b"chapter",
    b"table",
    b"figure",
    b"fig",
    b"step",
    b"clause",
    b"appendix",
    b"rule",
    b"rfc",
];

/// Names of programs and systems, in lower case.
#[rustfmt::skip]
const PROGRAMS: [&[u8]; 69] = [
    b"android", b"apache", b"bash", b"bind", b"bun", b"busybox", b"cargo", b"chrome", b"clang", b"containerd", b"curl",
    b"debian", b"django", b"dnsmasq", b"docker", b"dovecot", b"dropbear", b"envoy", b"exim", b"fail2ban", b"fedora",
    b"firefox", b"gcc", b"git", b"glibc", b"go", b"golang", b"haproxy", b"httpd", b"java", b"jquery", b"kubelet", b"libcurl",
    b"linux", b"mariadb", b"mysql", b"nginx", b"nmap", b"node", b"npm", b"openssh", b"openssl", b"openvpn", b"perl", b"php",
    b"postfix", b"postgresql", b"proftpd", b"python", b"python3", b"redis", b"rsyslog", b"rsyslogd", b"ruby", b"rust",
    b"rustc", b"samba", b"smbd", b"squid", b"strongswan", b"sudo", b"suricata", b"systemd", b"traefik", b"ubuntu",
    b"unbound", b"vsftpd", b"wget", b"zeek",
];

/// Names of browsers, in lower case.
const BROWSERS: [&[u8]; 6] = [b"chrome", b"chromium", b"edge", b"firefox", b"opera", b"safari"];

/// Names before the number of a version, which no device has that is named before its address, in lower case.
const VERSIONED: [&[u8]; 4] = [b"kernel", b"firmware", b"revision", b"rev"];

/// Names of what has an address, in lower case.
const LABELS: [&[u8]; 11] =
    [b"ip", b"address", b"addr", b"host", b"source", b"destination", b"client", b"server", b"peer", b"from", b"to"];

/// What follows the hyphen after the number of a version, in lower case.
#[rustfmt::skip]
const STAGES: [&[u8]; 16] = [
    b"alpha", b"beta", b"rc", b"pre", b"preview", b"dev", b"snapshot", b"release", b"final", b"generic", b"stable", b"lts",
    b"ubuntu", b"debian", b"dfsg", b"r",
];

/// What stands between the numbers of a list.
const SEPARATORS: [&[u8]; 8] = [b", and ", b", or ", b", ", b",", b" and ", b" or ", b" to ", b" - "];

/// States of a connection, on a line of netstat.
const STATES: [&[u8]; 7] =
    [b"ESTABLISHED", b"LISTEN", b"TIME_WAIT", b"CLOSE_WAIT", b"SYN_SENT", b"SYN_RCVD", b"FIN_WAIT"];

/// The name before a number, on its line.
#[derive(Debug)]
pub(super) struct Before<'a> {
    name: &'a [u8],
    /// What stands between the name and the number.
    between: &'a [u8],
    /// Whether that is only what may stand between a name and its value, and HTML tags.
    is_near: bool,
    /// The tag of XML right before the number.
    tag: &'a [u8],
    /// Everything before the name.
    before: &'a [u8],
}

impl<'a> Before<'a> {
    pub(super) fn of(bytes: &'a [u8], start: usize) -> Self {
        let lowest = start.saturating_sub(MAX_NAME);
        let mut end = start;
        let mut is_near = true;
        while end > lowest && !bytes[end - 1].is_ascii_alphanumeric() && !is_line_end(bytes[end - 1]) {
            is_near &= b" \t:=\"'([>\\/-_#.".contains(&bytes[end - 1]) || !bytes[end - 1].is_ascii();
            // An HTML tag is no name.
            let tag = bytes[lowest..end].iter().rposition(|byte| *byte == b'<').filter(|_| bytes[end - 1] == b'>');
            end = tag.map_or(end - 1, |tag| lowest + tag);
        }
        let lowest = end.saturating_sub(MAX_NAME);
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let mut first = end;
        while first > lowest && is_part(bytes[first - 1]) {
            first -= 1;
        }
        Self {
            name: &bytes[first..end],
            between: &bytes[end..start],
            is_near,
            tag: tag_before(&bytes[..start]),
            before: &bytes[..first],
        }
    }

    /// Whether the word `version` stands before the number, whatever sign is in between.
    pub(super) fn is_version(&self) -> bool {
        let is_word = |words: &[&[u8]]| is_among(words, self.name);
        let ends = [&b"version"[..], b"versions", b"_ver", b"-ver"];
        let is_version = |name: &[u8]| ends.iter().any(|end| ends_with(name, end));
        // As in `Version/s` and `version(s)`.
        let is_plural = is_word(&[b"s"])
            && match self.before {
                [before @ .., b'('] => self.between.starts_with(b")") && is_version(before),
                [before @ .., b'/'] => self.is_near && is_version(before),
                _ => false,
            };
        // The element of XML, or what its last attribute names it.
        let is_of_element = || {
            let element = self.tag.iter().position(|byte| *byte == b' ').map_or(self.tag, |end| &self.tag[..end]);
            let attribute = self.tag.strip_suffix(b"'").or_else(|| self.tag.strip_suffix(b"\"")).unwrap_or_default();
            is_version(element) || is_version(attribute)
        };
        let is_named = || is_version(self.name) || is_word(&[b"ver", b"v"]);
        is_plural || self.is_near && is_named() || !self.tag.is_empty() && is_of_element()
    }

    /// Whether four numbers are certainly a version after the name: `kernel 5.15.0.91`, `Chrome 120.0.0.0`.
    pub(super) fn is_before_long_version(&self, number: &[u8]) -> bool {
        let is_browser = number.ends_with(b".0.0.0") && is_among(&BROWSERS, self.name);
        self.between == b" " && (is_browser || is_among(&VERSIONED, self.name))
    }

    /// Whether the name is that of the program that writes the line of a log, as in `kernel: 192.0.2.1`.
    pub(super) fn is_of_writer(&self) -> bool {
        self.between.starts_with(b": ")
    }

    /// Whether the name is that of something that has versions or is numbered.
    pub(super) fn is_of_numbered(&self) -> bool {
        self.is_near && (is_among(&NUMBERED, self.name) || is_among(&PROGRAMS, self.name))
    }

    /// Whether the name may be a product: a capitalized word that does not begin its line, or a remark in parentheses.
    pub(super) fn may_be_product(&self) -> bool {
        // As in `gcc (Ubuntu 11.4.0-1ubuntu1) 11.4.0`.
        let follows_remark = self.between.starts_with(b") ");
        let is_apart = !self.between.is_empty() && self.between.iter().all(|byte| b" (".contains(byte));
        follows_remark || is_apart && self.begins_as_product() && !begins_line(self.before, self.before.len())
    }

    /// Whether the name is a product that a slash joins with its version, or a program that a hyphen or a low line does.
    pub(super) fn is_product(&self) -> bool {
        // In a path or a URL, it is a folder.
        let is_alone = !self.before.last().is_some_and(|byte| b"/\\.:@".contains(byte));
        let is_program = is_among(&PROGRAMS, self.name);
        is_alone
            && match self.between {
                [b'/'] => is_program || self.begins_as_product(),
                [b'-' | b'_'] => is_program,
                _ => false,
            }
    }

    /// Whether three numbers are the status of a mail server, which follows the code of its reply: `554 5.7.1`, `dsn=2.0.0`.
    pub(super) fn is_reply(&self, status: &[u8]) -> bool {
        let is_class = matches!(status, [b'2' | b'4' | b'5', b'.', ..]);
        let is_code = matches!(self.name, [class, b'0'..=b'9', b'0'..=b'9'] if status.first() == Some(class));
        is_class && (is_code || self.name.eq_ignore_ascii_case(b"dsn"))
    }

    /// Whether the name begins with a capital letter, is not of capitals only, and is not that of what has an address.
    fn begins_as_product(&self) -> bool {
        let begins = self.name.first().is_some_and(u8::is_ascii_uppercase);
        begins && self.name.iter().any(u8::is_ascii_lowercase) && !is_among(&LABELS, self.name)
    }
}

fn is_among(names: &[&[u8]], name: &[u8]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len().checked_sub(end.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(end))
}

/// Whether it names what has an address.
pub(super) fn is_label(name: &[u8]) -> bool {
    is_among(&LABELS, name)
}

/// Whether it begins a word that is no stage of a version.
pub(super) fn is_word(bytes: &[u8]) -> bool {
    let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    letters > 1 && !is_among(&STAGES, &bytes[..letters])
}

/// What stands within the tag at the end of a text.
fn tag_before(before: &[u8]) -> &[u8] {
    let tag = &before[before.len().saturating_sub(MAX_NAME)..];
    tag.strip_suffix(b">").and_then(|tag| Some(&tag[memchr::memrchr(b'<', tag)? + 1..])).unwrap_or_default()
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether nothing but blanks stands before it on its line.
pub(super) fn begins_line(bytes: &[u8], start: usize) -> bool {
    line_before(bytes, start).trim_ascii_start().is_empty()
}

/// Whether three numbers are that of a version or a path, by the bytes that touch them.
pub(super) fn touches_version(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).map(|at| bytes[at]);
    let is_named = before(2).is_some_and(|byte| byte.is_ascii_alphanumeric());
    let follows_version = match before(1) {
        Some(b'/') => before(2) != Some(b'/'),
        Some(b'-' | b'_' | b'@' | b'+' | b'\\') => is_named,
        Some(b'~' | b'^') => true,
        // A requirement, such as `>=1.2.3,<2.0.0`.
        Some(b'<') => !bytes[end..].starts_with(b">"),
        Some(b':') => is_of_tag(&bytes[..start - 1]),
        Some(b'=') => before(2).is_some_and(|byte| b"=<>~!^".contains(&byte)),
        // The sign of a section.
        Some(0xa7) => true,
        _ => false,
    };
    let next = |ahead: usize| bytes.get(end + ahead).copied();
    let precedes_version = match next(0) {
        // What an at sign follows is the name of a mail, or of its sender.
        Some(b'-' | b'_' | b'+' | b'~' | b'@') => next(1).is_some_and(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    };
    follows_version || precedes_version
}

/// Whether a text ends in the name of an image of a container with its path, such as `library/nginx`.
fn is_of_tag(before: &[u8]) -> bool {
    let name = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let before = &before[..before.len() - name];
    name > 0 && before.ends_with(b"/") && !before.ends_with(b"//")
}

/// Where a list of numbers with dots begins, such as `1.2.3, 1.2.4 and 1.3.0`, of which one begins there.
pub(super) fn list_start(bytes: &[u8], start: usize) -> usize {
    let lowest = start.saturating_sub(MAX_BACK);
    let mut first = start;
    for _ in 0..MAX_LISTED {
        let before = &bytes[lowest..first];
        let separator = SEPARATORS.iter().find(|separator| before.ends_with(separator));
        let before = &before[..before.len() - separator.map_or(0, |separator| separator.len())];
        let number = before.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        if separator.is_none() || !before[before.len() - number..].contains(&b'.') {
            break;
        }
        first = lowest + before.len() - number;
    }
    first
}

/// Whether a slash joins it with a name before it.
pub(super) fn follows_name_and_slash(bytes: &[u8], start: usize) -> bool {
    matches!(bytes[..start], [.., name, b'/'] if name.is_ascii_alphanumeric())
}

/// Whether the word before it names a platform by CPE, or a package, which end in versions.
pub(super) fn is_of_platform(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(MAX_NAME * 2)..start];
    let word = || before.split(|byte| byte.is_ascii_whitespace()).next_back().unwrap_or_default();
    match before.last() {
        Some(b':') => memchr::memmem::find(word(), b"cpe:").is_some(),
        Some(b'@') => memchr::memmem::find(word(), b"pkg:").is_some(),
        _ => false,
    }
}

/// Whether the line begins with an open port, as nmap shows it, with the versions of services behind it.
pub(super) fn is_of_service(bytes: &[u8], start: usize) -> bool {
    let line = line_before(bytes, start);
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let protocol = [&b"/tcp "[..], b"/udp "].into_iter().any(|protocol| line[digits..].starts_with(protocol));
    digits > 0 && protocol
}

/// Whether the number begins its line, or its heading in Markdown, and a capitalized word follows: it is that of a section.
pub(super) fn is_of_section(bytes: &[u8], start: usize, end: usize) -> bool {
    let rest = &bytes[end..bytes.len().min(end + MAX_AFTER)];
    let after = rest.trim_ascii_start();
    let is_apart = rest.starts_with(b" ") || rest.starts_with(b"\t") || rest.starts_with(b". ");
    let after = after.strip_prefix(b".").unwrap_or(after).trim_ascii_start();
    let begins = || line_before(bytes, start).iter().all(|byte| b" \t#".contains(byte));
    is_apart && after.first().is_some_and(u8::is_ascii_uppercase) && begins()
}

/// Whether the text after a hyphen names the stage of a version, such as `beta` or `1ubuntu4`.
pub(super) fn begins_stage(bytes: &[u8]) -> bool {
    let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if letters > 0 {
        return STAGES.iter().any(|stage| stage.eq_ignore_ascii_case(&bytes[..letters]));
    }
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = &bytes[digits..];
    let begins_letter = |bytes: &[u8]| bytes.first().is_some_and(u8::is_ascii_alphabetic);
    digits > 0 && (begins_letter(after) || after.strip_prefix(b".").is_some_and(begins_letter))
}

/// Whether the line shows that the last part of an address is a port: tcpdump has another such address on the other side
/// of its arrow, and netstat begins the line with the protocol or has the state of the connection.
pub(super) fn has_port_after_dot(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = line_before(bytes, start);
    let after = &bytes[end..bytes.len().min(end + MAX_AFTER)];
    let after = after.split(|byte| is_line_end(*byte)).next().unwrap_or_default();
    let words_before = before.split(|byte| *byte == b' ').rev().filter(|word| !word.is_empty());
    let mut words_before = words_before.fuse();
    let words_after = after.split(|byte| *byte == b' ').skip(1);
    let mut words_after = words_after.filter(|word| !word.is_empty());
    let has_dots = |word: Option<&[u8]>| {
        word.is_some_and(|word| word.iter().filter(|byte| **byte == b'.').count() >= 4 || word.contains(&b':'))
    };
    let begins_protocol =
        before.trim_ascii_start().get(..3).is_some_and(|protocol| protocol == b"tcp" || protocol == b"udp");
    let is_source = words_after.next() == Some(b">") && has_dots(words_after.next());
    let is_destination = words_before.next() == Some(b">") && has_dots(words_before.next());
    let has_state = || STATES.iter().any(|state| memchr::memmem::find(after, state).is_some());
    is_source || is_destination || begins_protocol || has_state()
}

/// Whether the line is of a firewall of Cisco, whose messages have ports after a slash.
pub(super) fn is_of_cisco(bytes: &[u8], start: usize) -> bool {
    has_before(bytes, start, &[b"%ASA-", b"%FTD-", b"%PIX-", b"%FWSM-"])
}

/// Whether it is alone between bars, as the version of a device is in the header of CEF and LEEF.
pub(super) fn is_version_of_device(bytes: &[u8], start: usize, end: usize) -> bool {
    bytes[..start].ends_with(b"|") && bytes[end..].starts_with(b"|") && has_before(bytes, start, &[b"CEF:", b"LEEF:"])
}

/// Whether one of the texts stands before it on its line.
fn has_before(bytes: &[u8], start: usize, texts: &[&[u8]]) -> bool {
    let before = line_before(bytes, start);
    texts.iter().any(|text| memchr::memmem::find(before, text).is_some())
}

/// The line up to there, or the end of that if it is long.
fn line_before(bytes: &[u8], start: usize) -> &[u8] {
    let before = &bytes[start.saturating_sub(MAX_BACK)..start];
    &before[memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1)..]
}
