//! The name server that every machine of the lab asks: a VPS has one that works, so the lab has one too.
//!
//! It answers any A question with the lab's own address, where nothing listens but this server: names
//! resolve, and a program that then connects is refused at once instead of hanging. Hosts below `ollama.ai` are the
//! registry of the lab. Other types have no data. The names of containers' hosts (`.internal`) and names of one word are
//! none that a name server of the internet knows.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use crate::command::Outcome;
use crate::registry;

/// Serves in the background, over UDP and TCP, until the lab ends.
pub fn start() -> Outcome<()> {
    let told = |error: std::io::Error| format!("the lab's name server cannot listen on port 53: {error}");
    let datagrams = UdpSocket::bind("0.0.0.0:53").map_err(told)?;
    let streams = TcpListener::bind("0.0.0.0:53").map_err(told)?;
    thread::spawn(move || serve_datagrams(&datagrams));
    thread::spawn(move || {
        for stream in streams.incoming().flatten() {
            thread::spawn(move || serve_stream(stream));
        }
    });
    Ok(())
}

fn serve_datagrams(socket: &UdpSocket) {
    let mut question = [0; 4096];
    loop {
        let Ok((length, asker)) = socket.recv_from(&mut question) else {
            continue;
        };
        if let Some(reply) = reply(&question[..length], asker.ip()) {
            // A machine that is gone does not need its answer.
            let _ = socket.send_to(&reply, asker);
        }
    }
}

/// One connection: each question and reply is preceded by its length.
fn serve_stream(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let asker = stream.peer_addr().ok()?.ip();
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question).ok()?;
        let reply = reply(&question, asker)?;
        let length = u16::try_from(reply.len()).ok()?;
        stream.write_all(&length.to_be_bytes()).ok()?;
        stream.write_all(&reply).ok()?;
    }
}

/// The reply to a message with one question; none for what is no question.
fn reply(message: &[u8], asker: IpAddr) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    if message.len() < HEADER || message[2] & 0x80 != 0 || message[4..6] != [0, 1] {
        return None;
    }
    let mut end = HEADER;
    while *message.get(end)? != 0 {
        end += 1 + usize::from(message[end]);
    }
    let question = message.get(HEADER..end + 5)?;
    let wants_address = question[question.len() - 4..] == [0, 1, 0, 1];
    let registry = question.to_ascii_lowercase().ends_with(b"\x06ollama\x02ai\x00\x00\x01\x00\x01");
    let place = if registry { registry::PLACE } else { 1 };
    let is_unknown = is_unknown(&question[..question.len() - 4]);
    let address = match asker {
        IpAddr::V4(asker) if wants_address && !is_unknown => Some([10, 77, asker.octets()[2], place]),
        _ => None,
    };

    let mut reply = message[..2].to_vec();
    // A response, with the asker's wish for recursion, recursion available, no error or no such name; one question.
    reply.extend_from_slice(&[0x80 | (message[2] & 0x01), if is_unknown { 0x83 } else { 0x80 }, 0, 1]);
    reply.extend_from_slice(&[0, u8::from(address.is_some()), 0, 0, 0, 0]);
    reply.extend_from_slice(question);
    if let Some(address) = address {
        // The name of the question, type A, class IN, 60 seconds, four bytes.
        reply.extend_from_slice(&[0xc0, HEADER as u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend_from_slice(&address);
    }
    Some(reply)
}

/// By the labels of a name, each after its length.
fn is_unknown(name: &[u8]) -> bool {
    let has_one_label = name.first().is_some_and(|length| name.len() == usize::from(*length) + 2);
    has_one_label || name.to_ascii_lowercase().ends_with(b"\x08internal\0")
}
