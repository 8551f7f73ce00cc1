//! The child that looks from inside the container of a gateway: enters it, looks, prints the facts, ends.

use crate::cli::LookArgs;
use crate::probes::{Deadline, collect_inside, enter};
use crate::run::exit;
use crate::run::look::scope;
use crate::run::show::print;
use crate::run::until::until_signal;

/// Prints the facts as the machine around reads them.
///
/// # Errors
/// Why the container cannot be entered.
pub fn run(pid: u32, look: &LookArgs) -> Result<u8, String> {
    let scope = scope(look)?;
    // Before the runtime: the kernel lets only a process of one thread change its root.
    let place = enter(pid)?;
    until_signal(
        |stopped| async move {
            let deadline = Deadline::new(scope.timeout, stopped);
            Ok(collect_inside(&scope, &deadline, place).await)
        },
        |facts, interrupted| {
            let text = serde_json::to_string(&facts)
                .map_err(|error| format!("the facts cannot be written: {error}"))?;
            print(&text)?;
            Ok(interrupted.unwrap_or(exit::OK))
        },
    )
}
