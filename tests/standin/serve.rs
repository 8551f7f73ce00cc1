//! `ollama serve`: what happens between the command and the first answer, in Ollama's order. Ollama source: cmd/cmd.go
//! `RunServer` and `initializeKeypair`, server/routes.go `Serve`.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::access::Access;
use crate::cloud;
use crate::env::Env;
use crate::golang::{self, error_text, mkdir_all};
use crate::knobs::{Gpu, Knobs};
use crate::listen;
use crate::log;
use crate::model::Model;
use crate::name::Name;
use crate::queue::Queue;
use crate::registry::Registry;
use crate::reply::{Pieces, Reply};
use crate::routes;
use crate::runners::Runners;
use crate::store::Store;
use crate::text::binary_size;

/// A running server.
pub(crate) struct App {
    pub(crate) env: Env,
    pub(crate) knobs: Knobs,
    pub(crate) store: Store,
    pub(crate) registry: Registry,
    pub(crate) synthetic: Vec<Model>,
    pub(crate) runners: Runners,
    pub(crate) queue: Queue,
    access: Access,
}

/// Why a start went no further.
enum Stopped {
    /// cobra prints it, exit code 1.
    Error(String),
    /// An unrecovered Go panic, exit code 2.
    Panic(String),
}

impl From<String> for Stopped {
    fn from(why: String) -> Stopped {
        Stopped::Error(why)
    }
}

pub(crate) fn command(env: Env, knobs: Knobs) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return crate::fail(&error_text(&error)),
    };
    let ended = runtime.block_on(run(env, knobs));
    // Connections that are still open are not waited for: systemd would wait for us.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stopped::Error(why)) => crate::fail(&why),
        Err(Stopped::Panic(why)) => golang::panic(&why, "github.com/gin-contrib/cors.newCors(...)"),
    }
}

async fn run(env: Env, knobs: Knobs) -> Result<(), Stopped> {
    keypair(&env)?;
    let listener = listen::bind(&env.host).await?;
    let address = listener.local_addr().map_err(|error| error_text(&error))?;
    let mut signals = Signals::new()?;
    let app = Arc::new(prepare(env, knobs, address)?);
    log::info("routes.go:2008", &format!("Listening on {address} (version {})", app.knobs.version.text), &[]);
    tokio::select! {
        () = discover(&app) => {}
        () = signals.next() => return Ok(()),
    }
    report_ready(&app, address)?;
    tokio::select! {
        () = accept(&listener, &app) => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// The file appears whole: whoever polls for it never reads half an address.
fn report_ready(app: &App, address: SocketAddr) -> Result<(), String> {
    let Some(path) = &app.knobs.ready_file else {
        return Ok(());
    };
    let partial = path.with_extension("partial");
    let written = fs::write(&partial, address.to_string()).and_then(|()| fs::rename(&partial, path));
    written.map_err(|error| format!("{}: {}", path.display(), error_text(&error)))
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Signals, String> {
        let listen = |kind| signal(kind).map_err(|error| error_text(&error));
        Ok(Signals {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The server's identity towards ollama.com. The stand-in never signs anything, so no real key is made.
fn keypair(env: &Env) -> Result<(), String> {
    let home = env.home.as_deref().ok_or("$HOME is not defined")?;
    let path = home.join(".ollama").join("id_ed25519");
    if path.exists() {
        return Ok(());
    }
    out!("Couldn't find '{}'. Generating new private key.", path.display());
    mkdir_all(&home.join(".ollama")).map_err(|why| format!("could not create directory {why}"))?;
    write_key(&path, 0o600, "not a key: made by the stand-in for tests\n")?;
    let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0YW5kLWluIGZvciB0ZXN0cywgbm90IGEga2V5";
    write_key(&path.with_extension("pub"), 0o644, public)?;
    out!("Your new public key is: \n\n{public}\n");
    Ok(())
}

fn write_key(path: &Path, mode: u32, text: &str) -> Result<(), String> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(mode).open(path);
    let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| format!("open {}: {}", path.display(), error_text(&error)))
}

/// Between binding the port and `Listening on`: a bad store or a bad origin ends the start here.
fn prepare(env: Env, knobs: Knobs, address: SocketAddr) -> Result<App, Stopped> {
    log::again(&env.warnings);
    let shown: Vec<String> = env.shown.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    log::info("routes.go:1951", "server config", &[("env", format!("map[{}]", shown.join(" ")))]);
    if knobs.version.since(0, 16, 2) {
        log::info("routes.go:1953", &format!("Ollama cloud disabled: {}", cloud::disabled(&env)), &[]);
    }
    let store = Store::new(&env.models, &knobs.version);
    store.blobs()?;
    if !env.no_prune {
        prune(&store)?;
    }
    let access = Access::new(&env.origins, address).map_err(Stopped::Panic)?;
    let registry = Registry::read(knobs.registry.as_deref())?;
    let pattern = Name::parse("llama3.2:3b").and_then(|name| registry.find(&name).cloned());
    let synthetic = pattern.map(|pattern| Model::synthetic(&pattern, knobs.total_models)).unwrap_or_default();
    Ok(App {
        env,
        knobs,
        store,
        registry,
        synthetic,
        runners: Runners::default(),
        queue: Queue::default(),
        access,
    })
}

fn prune(store: &Store) -> Result<(), String> {
    log::info("images.go:477", &format!("total blobs: {}", store.blob_count()), &[]);
    match store.prune(Duration::from_secs(3600))? {
        Some(removed) => log::info("images.go:484", &format!("total unused blobs removed: {removed}"), &[]),
        None => {
            let message = "corrupt manifests detected, skipping prune operation.  Re-pull or delete to clear";
            log::warn("routes.go:1975", message, &[]);
        }
    }
    Ok(())
}

/// The port is bound and nothing answers yet: a client connects and waits.
async fn discover(app: &App) {
    log::info("runner.go:67", "discovering available GPUs...", &[]);
    tokio::time::sleep(app.knobs.discovery).await;
    complain_of_gpu(app);
    let word = |text: &str| text.to_owned();
    let values = [
        ("id", word("cpu")),
        ("filter_id", String::new()),
        ("library", word("cpu")),
        ("compute", String::new()),
        ("name", word("cpu")),
        ("description", word("cpu")),
        ("libdirs", word("ollama")),
        ("driver", String::new()),
        ("pci_id", String::new()),
        ("type", String::new()),
        ("total", binary_size(memory("MemTotal:"))),
        ("available", binary_size(memory("MemAvailable:"))),
    ];
    log::info("types.go:60", "inference compute", &values);
    if app.knobs.version.since(0, 15, 5) {
        let values = [("total_vram", word("0 B")), ("default_num_ctx", word("4096"))];
        log::info("routes.go:2058", "vram-based default context", &values);
    }
    if app.knobs.version.since(0, 30, 0) {
        log::info("model_list_cache.go:120", "model list cache hydration complete", &[]);
    }
}

/// Ollama source: discover/runner.go `bootstrapDevices`; another wording before v0.30.0.
fn complain_of_gpu(app: &App) {
    let word = |text: &str| text.to_owned();
    match app.knobs.gpu {
        Gpu::None => {}
        Gpu::OldDriver => {
            let values = [
                ("device", word("Tesla P40")),
                ("compute", word("6.1")),
                ("driver", word("535")),
                ("required_driver", word("550 or newer")),
            ];
            log::warn("runner.go:200", "NVIDIA driver too old", &values);
        }
        Gpu::Broken => {
            let new = app.knobs.version.since(0, 30, 0);
            let what = if new { "llama-server GPU discovery" } else { "GPU discovery" };
            let values = [
                ("OLLAMA_LIBRARY_PATH", word("[/usr/local/lib/ollama /usr/local/lib/ollama/cuda_v13]")),
                ("extra_envs", word("map[]")),
                ("error", word("llama-server --list-devices failed: exit status 1")),
            ];
            log::info("runner.go:464", &format!("failure during {what}"), &values);
        }
    }
}

fn memory(key: &str) -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}

async fn accept(listener: &TcpListener, app: &Arc<App>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(connection(stream, peer, Arc::clone(app)));
            }
            // Out of file descriptors, for instance: others may be freed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, app: Arc<App>) {
    // Go sets TCP_NODELAY on every accepted connection; without it each stream would have 40 ms gaps.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(answer(&app, peer, request).await) }
    });
    // A client that hangs up is nothing to report.
    let _ = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(app: &App, peer: SocketAddr, request: Request<Incoming>) -> Response<Pieces> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    if !app.knobs.latency.is_zero() {
        tokio::time::sleep(app.knobs.latency).await;
    }
    let header =
        |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reply = match app.access.check(&head.method, header(&HOST), header(&ORIGIN)) {
        Err(reply) => reply,
        Ok(headers) => {
            let reply = match body.collect().await {
                Ok(body) => routes::answer(app, &head.method, head.uri.path(), &body.to_bytes()).await,
                Err(_) => Reply::error(400, "unexpected EOF"),
            };
            headers.into_iter().fold(reply, |reply, (key, value)| reply.with(key, value))
        }
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    log::access(reply.status, started.elapsed(), peer.ip(), head.method.as_str(), path);
    reply.into_response()
}
