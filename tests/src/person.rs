//! A person with a browser, as far as signing in to a sandbox goes: follows the page to its form, presses a button, and goes
//! where the browser is sent.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Signs in on the page at `url` as a user of the sandbox, by the name on the button; nobody, to decline. Returns where the
/// browser was sent, with the authorization code in it.
///
/// # Errors
/// Where the page cannot be had, has no such button, or sends the browser nowhere.
pub fn sign_in_on_page(url: &str, user: Option<&str>) -> io::Result<String> {
    let page = fetch("GET", url, "")?;
    let (button, form) = match user {
        Some(user) => (format!("name=\"user\" value=\"{user}\""), format!("user={}", user.replace('@', "%40"))),
        None => ("name=\"decline\"".to_owned(), "decline=yes".to_owned()),
    };
    if !page.contains(&button) {
        return Err(io::Error::other(format!("the page has no button {button}: {page}")));
    }
    let answer = fetch("POST", url, &form)?;
    let mut headers = answer.lines().filter_map(|line| line.split_once(": "));
    let location = headers.find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let (_, location) = location.ok_or_else(|| io::Error::other(format!("sent nowhere: {answer}")))?;
    fetch("GET", location, "")?;
    Ok(location.to_owned())
}

/// The answer to one request, with its head.
fn fetch(method: &str, url: &str, form: &str) -> io::Result<String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other(format!("not http: {url}")))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
