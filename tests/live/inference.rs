//! `ollama/cpu-inference`: what a real answer of `/api/ps` and `/api/show` comes to on
//! this machine, whose CPUs and memory are what they are.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, json_answer, send};
use crate::standin::Standin;

/// An Ollama with one model of that size and that many parameters, loaded or not.
fn server(size: u64, parameters: u64, running: Value) -> Server {
    Server::http(move |request, stream| {
        let answer = match request.path() {
            "/api/version" => json!({ "version": "0.32.15" }),
            "/api/tags" => json!({ "models": [{ "name": "m:1", "size": size }] }),
            "/api/ps" => json!({ "models": running }),
            _ => json!({
                "capabilities": ["completion", "tools"],
                "model_info": {
                    "general.architecture": "llama", "general.parameter_count": parameters,
                    "llama.context_length": 8192, "llama.block_count": 2, "llama.embedding_length": 64,
                    "llama.attention.head_count": 4, "llama.attention.head_count_kv": [1, 2],
                    "llama.vision.block_count": 9,
                },
            }),
        };
        send(stream, &json_answer(&answer));
    })
}

fn look(server: &Server) -> Report {
    Doctor::with(&server.url(), "ollama/m:1").report()
}

#[test]
fn a_tiny_model_is_in_time_on_any_machine_and_the_estimate_is_told() {
    let report = look(&server(1000, 1_000_000, json!([])));
    if report.said(CPU_INFERENCE).contains("a GPU is here") {
        return left_out("estimates, on a machine with a GPU");
    }
    assert_eq!(report.status(CPU_INFERENCE), "pass", "{}", report.short());
    assert!(report.said(CPU_INFERENCE).contains("rule of thumb"), "{}", report.said(CPU_INFERENCE));
}

#[test]
fn a_huge_one_is_too_slow_on_any_cpu_and_too_big_for_any_memory() {
    let slow = look(&server(1000, 10_000_000_000_000, json!([])));
    if slow.said(CPU_INFERENCE).contains("a GPU is here") {
        return left_out("estimates, on a machine with a GPU");
    }
    assert_eq!(slow.cause(CPU_INFERENCE), "slow-cpu", "{}", slow.short());
    assert!(slow.evidence(CPU_INFERENCE).contains("rule of thumb, not measured"));
    assert_eq!((slow.run.code, &slow.json["verdict"]), (0, &json!("warning")));
    let big = look(&server(1 << 60, 10_000_000_000_000, json!([])));
    big.fails(CPU_INFERENCE, "too-big");
}

#[test]
fn a_model_on_a_gpu_is_not_reckoned_with() {
    let running = json!([{ "name": "m:1", "size": 1000, "size_vram": 620, "context_length": 8192 }]);
    let report = look(&server(1 << 60, 10_000_000_000_000, running));
    assert_eq!(report.status(CPU_INFERENCE), "pass", "{}", report.short());
    assert_eq!(report.said(CPU_INFERENCE), "m:1 is loaded, 62 % of it on a GPU");
}

#[test]
fn numbers_that_make_no_sense_break_nothing() {
    for (size, parameters, running) in [
        (u64::MAX, u64::MAX, json!([{ "name": "m:1", "size": 0, "size_vram": u64::MAX }])),
        (u64::MAX, 0, json!([{ "name": "m:1", "size": u64::MAX, "size_vram": 0 }])),
        (0, u64::MAX, json!([{ "name": "m:1" }, 7, null, { "name": 7 }])),
        (0, 0, json!([])),
    ] {
        let report = look(&server(size, parameters, running));
        assert_ne!(report.status(CPU_INFERENCE), "unknown", "{}", report.short());
    }
}

#[test]
fn the_shape_of_a_model_comes_from_show() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let report = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").report();
    let said = if report.status(CPU_INFERENCE) == "fail" {
        report.evidence(CPU_INFERENCE)
    } else {
        report.said(CPU_INFERENCE)
    };
    assert!(said.contains("llama3.2:3b"), "{}", report.short());
}
