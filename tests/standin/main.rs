//! A stand-in for the `ollama` binary, for tests only: the same command line, the same HTTP answers, the same log
//! lines and the same ways to fail at start, without a model.
//!
//! Each rule names the Go file of the Ollama source (v0.33.0-rc2 and v0.32.15) that it was read from. What a test
//! wants to be different from a plain server is set by environment variables that start with `STANDIN_`
//! (see `knobs.rs`).

/// `println!` without its panic: a reader that went away is no reason to end a server.
macro_rules! out {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($part)*);
    }};
}

/// The same for stderr.
macro_rules! err {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}

mod access;
mod answer;
mod chat;
mod cli;
mod client;
mod cloud;
mod context;
mod env;
mod golang;
mod hostvar;
mod knobs;
mod listen;
mod listing;
mod log;
mod model;
mod name;
mod openai;
mod pull;
mod queue;
mod registry;
mod reply;
mod routes;
mod runners;
mod serve;
mod sha256;
mod show;
mod store;
mod text;
mod weights;

use std::process::ExitCode;

use crate::env::{Env, HomeMissing};
use crate::knobs::Knobs;

fn main() -> ExitCode {
    let knobs = match Knobs::read() {
        Ok(knobs) => knobs,
        Err(why) => return fail(&why),
    };
    // The whole environment is read before the command line is looked at (cmd/cmd.go NewCLI calls envconfig.AsMap),
    // so a missing HOME ends every command and not only `serve`.
    let env = match Env::read(&|key| std::env::var(key).ok(), &knobs.version) {
        Ok(env) => env,
        Err(HomeMissing) => {
            return golang::panic("$HOME is not defined", "github.com/ollama/ollama/envconfig.Models()");
        }
    };
    log::early(&env.warnings);
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [verb] if verb == "serve" || verb == "start" => serve::command(env, knobs),
        _ => cli::command(&args, &env, &knobs),
    }
}

/// How cobra ends a command: the text on stderr and exit code 1.
pub(crate) fn fail(why: &str) -> ExitCode {
    err!("Error: {why}");
    ExitCode::from(1)
}
