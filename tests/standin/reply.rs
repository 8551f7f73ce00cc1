//! One HTTP answer: a status, headers, and a body of one or several pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pieces: VecDeque<Bytes>,
    /// Sent in chunks, without a length.
    streamed: bool,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), pieces: VecDeque::new(), streamed: false }
    }

    pub(crate) fn text(status: u16, content_type: &str, text: impl Into<Bytes>) -> Reply {
        Reply {
            status,
            headers: vec![(CONTENT_TYPE.as_str(), content_type.to_owned())],
            pieces: VecDeque::from([text.into()]),
            streamed: false,
        }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Reply {
        Reply::text(status, "application/json; charset=utf-8", value.to_string())
    }

    /// The error shape of `/api`.
    pub(crate) fn error(status: u16, message: impl Into<String>) -> Reply {
        Reply::json(status, &json!({ "error": message.into() }))
    }

    /// Lines of JSON, each its own chunk. An error after the first line does not change the status any more.
    pub(crate) fn lines(values: &[Value]) -> Reply {
        let pieces = values.iter().map(|value| Bytes::from(format!("{value}\n"))).collect();
        Reply::stream("application/x-ndjson", pieces)
    }

    /// Server-sent events, closed by `[DONE]`.
    pub(crate) fn events(values: &[Value]) -> Reply {
        let mut pieces: VecDeque<Bytes> =
            values.iter().map(|value| Bytes::from(format!("data: {value}\n\n"))).collect();
        pieces.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
        Reply::stream("text/event-stream", pieces)
    }

    fn stream(content_type: &str, pieces: VecDeque<Bytes>) -> Reply {
        Reply {
            status: 200,
            headers: vec![(CONTENT_TYPE.as_str(), content_type.to_owned())],
            pieces,
            streamed: true,
        }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((key, value.into()));
        self
    }

    pub(crate) fn into_response(self) -> Response<Pieces> {
        let mut response = Response::new(Pieces { pieces: self.pieces, streamed: self.streamed });
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        for (key, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(key), value);
            }
        }
        response
    }
}

/// The body that hyper sends.
pub(crate) struct Pieces {
    pieces: VecDeque<Bytes>,
    streamed: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.streamed {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.pieces.iter().map(|piece| piece.len() as u64).sum())
    }
}
