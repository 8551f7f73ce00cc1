//! `OLLAMA_HOST`. Ollama source: envconfig/config.go `Host`, and its table in config_test.go.

use std::net::IpAddr;

use crate::golang::{join_host_port, split_host_port};

/// Where the server listens and where the client connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostVar {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) path: String,
    /// The port that could not be used, and what is used instead.
    pub(crate) bad_port: Option<String>,
}

impl HostVar {
    /// `value` is what `envconfig.Var` makes of the variable: spaces and quotes around it are gone.
    pub(crate) fn parse(value: &str) -> HostVar {
        let value = value.trim();
        let (scheme, default_port, rest) = match value.split_once("://") {
            None if value == "ollama.com" => ("https", "443", value),
            None => ("http", "11434", value),
            Some(("http", rest)) => ("http", "80", rest),
            Some(("https", rest)) => ("https", "443", rest),
            Some((other, rest)) => (other, "11434", rest),
        };
        let (host_port, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match split_host_port(host_port) {
            Some((host, port)) => (host.to_owned(), port),
            None => (host_alone(host_port), default_port),
        };
        let usable = port.parse::<i32>().is_ok_and(|port| (0..=65535).contains(&port));
        HostVar {
            scheme: scheme.to_owned(),
            host,
            port: if usable { port } else { default_port }.to_owned(),
            path: path.to_owned(),
            bad_port: (!usable).then(|| port.to_owned()),
        }
    }

    /// What `net.Listen` and `net.Dial` are given.
    pub(crate) fn host_port(&self) -> String {
        join_host_port(&self.host, &self.port)
    }

    /// The URL as the `server config` line shows it.
    pub(crate) fn url(&self) -> String {
        let slash = if self.path.is_empty() { "" } else { "/" };
        format!("{}://{}{slash}{}", self.scheme, self.host_port(), self.path)
    }
}

fn host_alone(text: &str) -> String {
    match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => ip.to_string(),
        Err(_) if text.is_empty() => "127.0.0.1".to_owned(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::HostVar;

    #[test]
    fn the_table_of_config_test_go() {
        for (value, url) in [
            ("", "http://127.0.0.1:11434"),
            ("1.2.3.4", "http://1.2.3.4:11434"),
            ("example.com", "http://example.com:11434"),
            (":1234", "http://:1234"),
            (":0", "http://:0"),
            (":66000", "http://:11434"),
            (":-1", "http://:11434"),
            ("0.0.0.0:", "http://0.0.0.0:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::]", "http://[::]:11434"),
            ("[::1]:1337", "http://[::1]:1337"),
            ("http://1.2.3.4", "http://1.2.3.4:80"),
            ("http://1.2.3.4:4321", "http://1.2.3.4:4321"),
            ("https://1.2.3.4", "https://1.2.3.4:443"),
            ("https://example.com/ollama", "https://example.com:443/ollama"),
            ("https://example.com:56789/ollama", "https://example.com:56789/ollama"),
            ("ollama.com", "https://ollama.com:443"),
            ("ftp://1.2.3.4", "ftp://1.2.3.4:11434"),
            (" 1.2.3.4 ", "http://1.2.3.4:11434"),
        ] {
            assert_eq!(HostVar::parse(value).url(), url, "{value:?}");
        }
    }
}
