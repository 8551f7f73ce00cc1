//! Who may ask: the `Origin` rules of gin-contrib/cors v1.7.2 (config.go, cors.go) and the check of the `Host` header in
//! the Ollama source, server/routes.go `allowedHostsMiddleware`.

use std::net::{IpAddr, SocketAddr};

use hyper::Method;

use crate::golang::split_host_port;
use crate::reply::Reply;

const SCHEMES: [&str; 6] = [
    "http://",
    "https://",
    "chrome-extension://",
    "safari-extension://",
    "moz-extension://",
    "ms-browser-extension://",
];
const METHODS: &str = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS";
const HEADERS: &str = "Origin,Content-Length,Content-Type,Authorization,User-Agent,Accept,X-Requested-With";

/// The rules that a server has after its start.
pub(crate) struct Access {
    all: bool,
    exact: Vec<String>,
    wildcards: Vec<(String, String)>,
    /// The `Host` header is looked at only on a listener that is loopback.
    loopback: bool,
}

impl Access {
    /// The error is the text of the panic.
    pub(crate) fn new(origins: &[String], listener: SocketAddr) -> Result<Access, String> {
        let all = origins.iter().any(|origin| origin == "*");
        let mut access =
            Access { all, exact: Vec::new(), wildcards: Vec::new(), loopback: listener.ip().is_loopback() };
        for origin in origins.iter().filter(|_| !all) {
            if !origin.contains('*') && !SCHEMES.iter().any(|scheme| origin.starts_with(scheme)) {
                return Err(format!("bad origin: origins must contain '*' or include {}", SCHEMES.join(",")));
            }
        }
        for origin in origins.iter().filter(|_| !all) {
            access.exact.push(origin.trim().to_lowercase());
            match origin.split_once('*') {
                Some((_, after)) if after.contains('*') => {
                    return Err("only one * is allowed".to_owned());
                }
                Some((before, after)) => access.wildcards.push((before.to_owned(), after.to_owned())),
                None => {}
            }
        }
        Ok(access)
    }

    /// Answers a request that goes no further; otherwise the headers for the answer.
    pub(crate) fn check(
        &self,
        method: &Method,
        host: &str,
        origin: &str,
    ) -> Result<Vec<(&'static str, String)>, Reply> {
        let foreign =
            !origin.is_empty() && origin != format!("http://{host}") && origin != format!("https://{host}");
        let headers = match foreign {
            true if !self.allows(origin) => return Err(Reply::empty(403)),
            true if method == Method::OPTIONS => return Err(self.preflight(origin)),
            true => self.headers(origin, "Origin"),
            false => Vec::new(),
        };
        self.check_host(method, host).map(|()| headers)
    }

    fn allows(&self, origin: &str) -> bool {
        let between =
            |(before, after): &(String, String)| origin.starts_with(before) && origin.ends_with(after);
        self.all || self.exact.iter().any(|known| known == origin) || self.wildcards.iter().any(between)
    }

    fn headers(&self, origin: &str, vary: &str) -> Vec<(&'static str, String)> {
        match self.all {
            true => vec![("access-control-allow-origin", "*".to_owned())],
            false => vec![("vary", vary.to_owned()), ("access-control-allow-origin", origin.to_owned())],
        }
    }

    fn preflight(&self, origin: &str) -> Reply {
        let vary = "Origin,Access-Control-Request-Method,Access-Control-Request-Headers";
        let reply = Reply::empty(204)
            .with("access-control-allow-methods", METHODS)
            .with("access-control-allow-headers", HEADERS)
            .with("access-control-max-age", "43200");
        self.headers(origin, vary).into_iter().fold(reply, |reply, (key, value)| reply.with(key, value))
    }

    fn check_host(&self, method: &Method, host: &str) -> Result<(), Reply> {
        if !self.loopback {
            return Ok(());
        }
        let host = split_host_port(host).map_or(host, |(host, _)| host);
        if host.parse().is_ok_and(local_address) {
            return Ok(());
        }
        if !local_name(&host.to_lowercase()) {
            return Err(Reply::empty(403));
        }
        if method == Method::OPTIONS { Err(Reply::empty(204)) } else { Ok(()) }
    }
}

fn local_address(address: IpAddr) -> bool {
    let private = match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    };
    address.is_loopback() || private || address.is_unspecified() || on_an_interface(address)
}

fn on_an_interface(address: IpAddr) -> bool {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else {
        return false;
    };
    interfaces.filter_map(|interface| interface.address).any(|known| {
        let v4 = known.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        let v6 = known.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip()));
        v4.or(v6) == Some(address)
    })
}

fn local_name(host: &str) -> bool {
    let own = || nix::unistd::gethostname().is_ok_and(|name| name.to_string_lossy().to_lowercase() == host);
    let suffixes = [".localhost", ".local", ".internal"];
    host.is_empty() || host == "localhost" || suffixes.iter().any(|suffix| host.ends_with(suffix)) || own()
}
