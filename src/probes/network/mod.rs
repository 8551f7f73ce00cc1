//! Names, connections, HTTP.

pub mod connect;
pub mod http;
pub mod name_server;
pub mod names;
pub mod resolve;
pub mod resolver;
