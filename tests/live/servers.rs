//! Servers that are no Ollama, or a broken one, on threads of this process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// Request line and headers.
    pub head: String,
    /// Body.
    pub body: String,
}

/// A listening server; it closes when dropped.
pub struct Server {
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    /// A server that does `behave` with each connection.
    pub fn tcp_on(address: &str, behave: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        Server::start(address, move |stream, _| behave(stream))
    }

    /// A server that reads each request and does `answer`.
    pub fn http(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Server {
        Server::http_on("127.0.0.1:0", answer)
    }

    /// The same at an address.
    pub fn http_on(
        address: &str,
        answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static,
    ) -> Server {
        Server::start(address, move |mut stream, state| {
            if let Some(request) = read_request(&mut stream) {
                state.requests.lock().expect("the lock").push(request.clone());
                answer(&request, &mut stream);
            }
        })
    }

    /// A server that gives everybody the same bytes.
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Server {
        let bytes = bytes.into();
        Server::http(move |_, stream| send(stream, &bytes))
    }

    /// An Ollama with this `models` list; `show` answers `/api/show` for a name.
    pub fn ollama(models: Value, show: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::ollama_on("127.0.0.1:0", models, show)
    }

    /// The same at an address.
    pub fn ollama_on(
        address: &str,
        models: Value,
        show: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> Server {
        Server::http_on(address, move |request, stream| {
            send(stream, &ollama_answer(request, &models, &show));
        })
    }

    fn start(address: &str, behave: impl Fn(TcpStream, &State) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
        let (shared, behave) = (Arc::clone(&state), Arc::new(behave));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (shared, behave) = (Arc::clone(&shared), Arc::clone(&behave));
                std::thread::spawn(move || behave(stream, &shared));
            }
        });
        Server { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().expect("the lock").clone()
    }

    /// Waits for a request to that path.
    pub fn wait_for_request(&self, path: &str) {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.requests().iter().any(|request| request.path() == path) {
            assert!(Instant::now() < until, "no request to {path} came");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Request {
    pub fn path(&self) -> &str {
        self.head.split_whitespace().nth(1).unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| line.split_once(':').map(|(key, _)| key.eq_ignore_ascii_case(name));
        let found = self.head.lines().skip(1).find(|one| line(one) == Some(true))?;
        found.split_once(':').map(|(_, value)| value.trim())
    }
}

/// The request on a stream; `None` for a connection that says nothing, as a look at the port does.
fn read_request(stream: &mut TcpStream) -> Option<Request> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Request { head: head.to_string(), body: body.to_string() };
            let length = request.header("content-length").and_then(|length| length.parse().ok());
            if request.body.len() >= length.unwrap_or(0) {
                return Some(request);
            }
        }
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Writes; a client that has gone away is its own affair.
pub fn send(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

/// Waits until the client goes away.
pub fn wait_for_end(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(None);
    let mut rest = [0; 1024];
    while stream.read(&mut rest).is_ok_and(|read| read > 0) {}
}

/// Closes with a reset instead of a goodbye.
pub fn reset(stream: &TcpStream) {
    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    nix::sys::socket::setsockopt(stream, nix::sys::socket::sockopt::Linger, &linger).expect("SO_LINGER");
}

/// An HTTP answer.
pub fn answer(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

pub fn json_answer(body: &Value) -> Vec<u8> {
    answer("200 OK", "application/json; charset=utf-8", &body.to_string())
}

/// What `/api/show` says of a model with these capabilities.
pub fn shown(capabilities: &[&str]) -> Vec<u8> {
    json_answer(&json!({ "details": {}, "model_info": {}, "capabilities": capabilities }))
}

fn ollama_answer(request: &Request, models: &Value, show: &dyn Fn(&str) -> Vec<u8>) -> Vec<u8> {
    match request.path() {
        "/api/version" => json_answer(&json!({ "version": "0.32.15" })),
        "/api/tags" => json_answer(&json!({ "models": models })),
        "/api/ps" => json_answer(&json!({ "models": [] })),
        "/api/show" => {
            let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
            show(body["model"].as_str().unwrap_or_default())
        }
        _ => answer("404 Not Found", "text/plain", "404 page not found"),
    }
}
