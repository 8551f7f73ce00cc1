//! The client side of the command line: HTTP/1.1 over a plain socket. Ollama source: api/client.go.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::golang::error_text;
use crate::hostvar::HostVar;
use crate::listen::nameserver;

/// Where the server is that `OLLAMA_HOST` names.
pub(crate) struct Client<'a> {
    pub(crate) host: &'a HostVar,
}

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

const DOWN: &str = "could not connect to ollama server, run 'ollama serve' to start it";

const NO_REASON: &str = "something went wrong, please see the ollama server logs for details";

impl Client<'_> {
    /// Every command asks first whether somebody is there.
    pub(crate) fn heartbeat(&self) -> Result<(), String> {
        self.checked("HEAD", "/", None).map(|_| ())
    }

    /// The JSON of an answer that is not an error.
    pub(crate) fn json(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let answer = self.checked(method, path, body)?;
        Ok(serde_json::from_str(&answer.body).unwrap_or_default())
    }

    /// The lines of a stream; an error in one of them ends it.
    pub(crate) fn lines(&self, path: &str, body: &Value) -> Result<Vec<Value>, String> {
        let answer = self.checked("POST", path, Some(body))?;
        let mut lines = Vec::new();
        for line in answer.body.lines().filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            if let Some(error) = line.get("error").and_then(Value::as_str) {
                return Err(error.to_owned());
            }
            lines.push(line);
        }
        Ok(lines)
    }

    fn checked(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let answer = self.send(method, path, body)?;
        if answer.status < 400 {
            return Ok(answer);
        }
        let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = value.get("error").and_then(Value::as_str).unwrap_or(&answer.body);
        Err(if text.is_empty() { NO_REASON.to_owned() } else { text.to_owned() })
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut stream = match self.connect() {
            Err(why) if why == DOWN => return Err(why),
            result => result.map_err(|why| self.failed(method, path, &why))?,
        };
        if self.host.scheme == "https" {
            // The server never speaks TLS, whatever the scheme in its OLLAMA_HOST was.
            let why = "http: server gave HTTP response to HTTPS client";
            return Err(self.failed(method, path, why));
        }
        let bytes = exchange(&mut stream, &self.request(method, path, body))
            .map_err(|error| self.failed(method, path, &error_text(&error)))?;
        parse(&bytes).ok_or_else(|| self.failed(method, path, "EOF"))
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let host = match self.host.host.as_str() {
            "" => "127.0.0.1",
            host => host,
        };
        let port: u16 = self.host.port.parse().unwrap_or_default();
        TcpStream::connect((host, port)).map_err(|error| match error.raw_os_error() {
            _ if error.kind() == ErrorKind::ConnectionRefused => DOWN.to_owned(),
            Some(_) => format!("dial tcp {}: connect: {}", self.host.host_port(), error_text(&error)),
            // Only a name that is not resolved fails without a system error.
            None => format!("dial tcp: lookup {host} on {}: no such host", nameserver()),
        })
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> String {
        let body = body.map(Value::to_string).unwrap_or_default();
        let prefix = match self.host.path.trim_end_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        format!(
            "{method} {prefix}{path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ollama (stand-in)\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.host.host_port(),
            body.len()
        )
    }

    /// Go names the request in the error: `Head "http://…": …`.
    fn failed(&self, method: &str, path: &str, why: &str) -> String {
        let (first, rest) = method.split_at(1);
        let url = self.host.url();
        format!("{first}{} \"{url}{path}\": {why}", rest.to_lowercase())
    }
}

fn exchange(stream: &mut TcpStream, request: &str) -> std::io::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?.to_ascii_lowercase();
    let body = bytes.get(end + 4..)?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let chunked = head.lines().any(|line| line.starts_with("transfer-encoding:") && line.contains("chunked"));
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let start = end + 2;
        let stop = start.checked_add(size)?;
        body.extend(rest.get(start..stop)?);
        rest = rest.get(stop.checked_add(2)?..)?;
    }
}
