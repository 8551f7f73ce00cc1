//! HTTP as OpenClaw would speak it to an Ollama: one origin, no proxy, no
//! redirect followed, every answer bounded in time and size.

use std::error::Error;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, SERVER};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::connect::own_failure;
use crate::facts::{Answer, Fact, Outcome, Target, Unseen};
use crate::text::bounded_json::{self, Refused};

/// What OpenClaw's requests to a provider carry.
#[derive(Clone, Default)]
pub struct Credentials {
    /// A real key; the marker `ollama-local` is not sent.
    pub bearer: Option<SecretString>,
    /// Configured headers.
    pub headers: Vec<(String, SecretString)>,
}

/// The largest body that is read of a model list. 10,000 models make one of about 4 MB.
const LARGEST_LIST: usize = 8 << 20;
/// The largest body that is read of any other answer: several come at once.
const LARGEST: usize = 1 << 20;
/// The largest body that is read of a listener that nobody named: any user may have opened it.
const LARGEST_OF_LISTENER: usize = 256 << 10;
/// The longest line that is read of an answer that comes in lines.
const LONGEST_LINE: usize = 1 << 20;
/// What answers of Ollama hold and nothing here reads; without it a list takes half as much.
pub const UNREAD: [&str; 13] = [
    "digest",
    "embedding_length",
    "families",
    "family",
    "format",
    "license",
    "model",
    "modelfile",
    "modified_at",
    "parent_model",
    "quantization_level",
    "template",
    "tensors",
];
/// How much of a body that is no answer is kept to show.
const EXCERPT: usize = 200;
/// No key is longer.
const LONGEST_KEY: usize = 1000;

/// A client for one origin at one address.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    secrets: Secrets,
    /// The largest body that is read, where it is less than the usual.
    largest: Option<usize>,
}

/// What requests carry and no answer may bring into the facts: servers that
/// refuse a key like to repeat it.
type Secrets = Arc<[SecretString]>;

/// Reads the JSON of an answer into what we keep; an error names what is missing.
pub type Project<T> = fn(&Value) -> Result<T, String>;

impl Client {
    /// A client for an endpoint: the origin of its base URL, reached at `address`.
    ///
    /// # Errors
    /// An unknown when the TLS setup of this machine cannot be used, or a
    /// configured header cannot be sent.
    pub fn new(target: &Target, address: SocketAddr, credentials: &Credentials) -> Result<Client, Unseen> {
        let failed = |error: &dyn std::fmt::Display| Unseen::Unknown {
            error: format!("no HTTP client can be made: {error}"),
        };
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .default_headers(headers(credentials).map_err(|error| failed(&error))?)
            .resolve(&target.host, address)
            .user_agent(concat!("openclaw-doctor/", env!("CARGO_PKG_VERSION")));
        // Reading the system's certificates takes longer than a whole run, so it is left to https.
        let builder = if target.scheme == "https" { builder } else { builder.tls_certs_only([]) };
        let http = builder.build().map_err(|error| failed(&error))?;
        let values = credentials.headers.iter().map(|(_, value)| value);
        let secrets = credentials.bearer.iter().chain(values).cloned().collect();
        Ok(Client {
            http,
            base: format!("{}://{target}{}", target.scheme, target.path),
            secrets,
            largest: None,
        })
    }

    /// A client for a listener of this machine, without credentials.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn plain(address: SocketAddr) -> Result<Client, Unseen> {
        let target = Target {
            scheme: "http".into(),
            host: address.ip().to_string(),
            port: address.port(),
            path: String::new(),
        };
        let client = Client::new(&target, address, &Credentials::default())?;
        Ok(Client { largest: Some(LARGEST_OF_LISTENER), ..client })
    }

    /// `GET /api/version`.
    pub async fn version(&self, limit: Duration) -> Fact<Answer<String>> {
        self.get("/api/version", limit, |json| {
            json.get("version").and_then(Value::as_str).map(str::to_string).ok_or("no `version`".into())
        })
        .await
    }

    /// A GET request.
    pub async fn get<T>(&self, path: &str, limit: Duration, project: Project<T>) -> Fact<Answer<T>> {
        let request = self.http.request(Method::GET, format!("{}{path}", self.base));
        let usual = if path == "/api/tags" { LARGEST_LIST } else { LARGEST };
        let most = self.largest.unwrap_or(usual);
        ask(request, limit, most, project, &self.secrets).await
    }

    /// A POST request whose answer is handed on line by line as it comes, with
    /// the milliseconds since the request; `hear` says whether to go on. What is
    /// no 200 is kept to show.
    pub async fn post_lines(
        &self,
        path: &str,
        body: &Value,
        limit: Duration,
        hear: &mut (dyn FnMut(&[u8], f64) -> bool + Send),
    ) -> Fact<Answer<()>> {
        let request = self.http.request(Method::POST, format!("{}{path}", self.base)).json(body);
        let started = Instant::now();
        exchange(request, limit, async |response| {
            if response.status().as_u16() != 200 {
                return refusal(response, &self.secrets).await;
            }
            lines(response, started, &self.secrets, hear).await
        })
        .await
    }

    /// A POST request with a JSON body.
    pub async fn post<T>(
        &self,
        path: &str,
        body: &Value,
        limit: Duration,
        project: Project<T>,
    ) -> Fact<Answer<T>> {
        let request = self.http.request(Method::POST, format!("{}{path}", self.base)).json(body);
        ask(request, limit, LARGEST, project, &self.secrets).await
    }
}

fn headers(credentials: &Credentials) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if let Some(key) = &credentials.bearer {
        let value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()));
        headers.insert(
            AUTHORIZATION,
            sensitive(value.map_err(|_| "the API key has characters that no header can carry")?),
        );
    }
    for (name, value) in &credentials.headers {
        let name: HeaderName =
            name.parse().map_err(|_| format!("the configured header name {name:?} is none"))?;
        let value = HeaderValue::from_str(value.expose_secret());
        headers.insert(
            name.clone(),
            sensitive(
                value.map_err(|_| format!("the value of the configured header {name} cannot be sent"))?,
            ),
        );
    }
    Ok(headers)
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

async fn ask<T>(
    request: RequestBuilder,
    limit: Duration,
    most: usize,
    project: Project<T>,
    secrets: &Secrets,
) -> Fact<Answer<T>> {
    exchange(request, limit, async |response| read(response, most, project, secrets).await).await
}

/// Sends a request and reads its answer, both within one limit; the status outlives a timeout. Where this machine
/// lacks what a request takes, nothing is known of the server.
async fn exchange<T>(
    request: RequestBuilder,
    limit: Duration,
    read: impl AsyncFnOnce(Response) -> Outcome<T>,
) -> Fact<Answer<T>> {
    let started = Instant::now();
    let mut own = None;
    let mut answer = Answer { ms: 0.0, status: None, server: None, outcome: Outcome::Cut };
    let exchange = async {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                own = causes(&error).find_map(|cause| own_failure(cause.downcast_ref()?));
                return failure(&error);
            }
        };
        answer.status = Some(response.status().as_u16());
        answer.server = header(&response, SERVER);
        read(response).await
    };
    let timed_out = tokio::time::timeout(limit, exchange).await;
    answer.outcome = timed_out.unwrap_or(Outcome::TimedOut {
        after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        headers: answer.status.is_some(),
    });
    answer.ms = started.elapsed().as_secs_f64() * 1000.0;
    own.map_or(Fact::Seen(answer), Fact::Unseen)
}

/// An error and what it was caused by.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

async fn read<T>(response: Response, largest: usize, project: Project<T>, secrets: &Secrets) -> Outcome<T> {
    let status = response.status();
    if status.is_redirection() {
        return Outcome::Redirected(
            header(&response, LOCATION).map(|to| without_secrets(&to)).unwrap_or_default(),
        );
    }
    // So much more that no key is cut in two, of which the first half would be shown.
    let most = if status.as_u16() == 200 { largest } else { EXCERPT + LONGEST_KEY };
    let body = match body(response, most, secrets).await {
        Ok(body) => body,
        Err(outcome) => return outcome,
    };
    if status.as_u16() != 200 {
        return Outcome::Status(excerpt(&body));
    }
    if body.len() > largest {
        return Outcome::TooLarge(largest as u64);
    }
    match bounded_json::read(&body, &UNREAD) {
        Ok(json) => project(&json).map_or_else(Outcome::ForeignJson, Outcome::Understood),
        Err(Refused::TooLarge) => Outcome::TooLarge(body.len() as u64),
        Err(Refused::Broken(_)) if !looks_like_json(&body) => Outcome::NotJson(excerpt(&body)),
        Err(Refused::Broken(error)) => Outcome::BrokenJson(format!(
            "line {} column {} of {} bytes",
            error.line(),
            error.column(),
            body.len()
        )),
    }
}

/// What another status than 200 says: redirects are not followed, of the rest the start is kept.
async fn refusal(response: Response, secrets: &Secrets) -> Outcome<()> {
    if response.status().is_redirection() {
        return Outcome::Redirected(
            header(&response, LOCATION).map(|to| without_secrets(&to)).unwrap_or_default(),
        );
    }
    // An error of Ollama's loader can be longer than what is kept of other answers.
    match body(response, 4 * EXCERPT + LONGEST_KEY, secrets).await {
        Ok(body) => Outcome::Status(crate::text::scrub::excerpt(&one_line(&body), 4 * EXCERPT)),
        Err(outcome) => outcome,
    }
}

/// Hands on each line; one that is longer than any line of an answer ends the look.
async fn lines(
    response: Response,
    started: Instant,
    secrets: &Secrets,
    hear: &mut (dyn FnMut(&[u8], f64) -> bool + Send),
) -> Outcome<()> {
    let mut chunks = response.bytes_stream();
    let (mut line, mut read) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return failure(&error),
        };
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        read += chunk.len();
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(part);
            if part.ends_with(b"\n") && !hear(&without(std::mem::take(&mut line), secrets), ms) {
                return Outcome::Understood(());
            }
        }
        if line.len() > LONGEST_LINE || read > LARGEST_LIST {
            return Outcome::TooLarge(read.min(LARGEST_LIST) as u64);
        }
    }
    if !line.is_empty() {
        hear(&without(line, secrets), started.elapsed().as_secs_f64() * 1000.0);
    }
    Outcome::Understood(())
}

/// Up to `most` bytes of a body, and one more to tell that there are more.
async fn body<T>(response: Response, most: usize, secrets: &Secrets) -> Result<Vec<u8>, Outcome<T>> {
    let mut chunks = response.bytes_stream();
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| failure(&error))?;
        let room = (most + 1).saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() > most {
            break;
        }
    }
    Ok(without(body, secrets))
}

/// Bytes without the secrets; a word of a few letters is none, and may be part of any text.
fn without(bytes: Vec<u8>, secrets: &Secrets) -> Vec<u8> {
    const SHORTEST: usize = 6;
    let contains =
        |secret: &[u8]| secret.len() >= SHORTEST && bytes.windows(secret.len()).any(|part| part == secret);
    if !secrets.iter().any(|secret| contains(secret.expose_secret().as_bytes())) {
        return bytes;
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= SHORTEST) {
        text = text.replace(secret, "***");
    }
    text.into_bytes()
}

fn looks_like_json(body: &[u8]) -> bool {
    matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}

fn excerpt(body: &[u8]) -> String {
    crate::text::scrub::excerpt(&one_line(&body[..body.len().min(EXCERPT + LONGEST_KEY)]), EXCERPT)
}

fn one_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn header(response: &Response, name: HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(crate::text::scrub::excerpt(&String::from_utf8_lossy(value.as_bytes()), EXCERPT))
}

/// A URL without user info, query and fragment.
fn without_secrets(url: &str) -> String {
    crate::rules::openclaw::base_url::shown_url(url)
}

/// Tells by the kinds of errors in the chain, never by their text.
fn failure<T>(error: &reqwest::Error) -> Outcome<T> {
    // The port was seen open, so what fails before the first request is the handshake.
    if error.is_connect() && error.url().is_some_and(|url| url.scheme() == "https") {
        return match tls_error(error) {
            Some(rustls::Error::InvalidCertificate(why)) => Outcome::BadCertificate(words_of(why)),
            _ => Outcome::TlsFailed(innermost(error).to_string()),
        };
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_parse() {
                return Outcome::NotHttp;
            }
            if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
                return Outcome::Cut;
            }
        }
        if let Some(error) = error.downcast_ref::<std::io::Error>()
            && matches!(
                error.kind(),
                ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::UnexpectedEof
                    | ErrorKind::BrokenPipe
            )
        {
            return Outcome::Cut;
        }
        source = error.source();
    }
    Outcome::Failed(error.to_string())
}

/// The last error of the chain.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

/// The error of the TLS library, which travels inside an `io::Error`, and may have a cause of its own.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut at = Some(error);
    while let Some(error) = at {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| wrapped.and_then(|wrapped| tls_error(wrapped)));
        if found.is_some() {
            return found;
        }
        at = error.source();
    }
    None
}

/// What is wrong with a certificate, in words.
fn words_of(error: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Certificate;
    match error {
        Certificate::Expired | Certificate::ExpiredContext { .. } => "it has expired".into(),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "it is not valid yet".into(),
        Certificate::Revoked => "it is revoked".into(),
        Certificate::UnknownIssuer => "this machine does not know who issued it".into(),
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "it is for another host name".into()
        }
        Certificate::Other(_) => "it is self-signed, or of a kind that no server may use".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ten_thousand_models_are_not_too_many() {
        let row = json!({ "name": "model-12345:latest", "model": "model-12345:latest",
            "modified_at": "2026-11-22T18:17:31.747279965Z", "size": 274302450, "digest": "2".repeat(64),
            "details": { "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
                "parameter_size": "137M", "quantization_level": "F16", "context_length": 2048, "embedding_length": 768 },
            "capabilities": ["completion", "tools", "thinking"] });
        let text = json!({ "models": vec![row; 10_000] }).to_string();
        assert!(bounded_json::read(text.as_bytes(), &UNREAD).is_ok());
    }
}
