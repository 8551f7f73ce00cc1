//! What the status means with which systemd ends a service (`systemd.exec(5)`, process exit codes).

/// The meaning in words; `None` for one that the program itself gave.
pub fn meaning(status: i32) -> Option<&'static str> {
    Some(match status {
        126 => "the program is there and may not be run",
        127 => "a program that it starts is not there",
        137 => "something killed it (SIGKILL)",
        143 => "something asked it to end (SIGTERM)",
        200 => "its working directory cannot be entered",
        203 => "the program of ExecStart= cannot be run",
        208 => "its standard input cannot be set up",
        209 => "its standard output cannot be set up",
        216 => "the group of Group= does not exist",
        217 => "the user of User= does not exist",
        218 => "it may not have the capabilities that the unit asks for",
        226 => "its file system namespace cannot be set up: a path in the unit does not exist",
        228 => "its system call filter cannot be set up",
        233 => "its RuntimeDirectory= cannot be made",
        238 => "its StateDirectory= cannot be made",
        _ => return None,
    })
}
