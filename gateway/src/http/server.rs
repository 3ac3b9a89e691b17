//! What stands around every route: connections, authentication, limits on bodies, request ids, and files as answers.

pub(crate) mod auth;
pub(crate) mod body_room;
pub(crate) mod body_timeout;
pub(crate) mod byte_ranges;
pub(crate) mod connections;
pub(crate) mod cors;
pub(crate) mod door;
pub(crate) mod hosts;
pub(crate) mod in_use;
pub(crate) mod json_body;
pub(crate) mod media_type;
pub(crate) mod multipart;
pub(crate) mod open_connections;
pub(crate) mod origins;
pub(crate) mod request_id;
pub(crate) mod send_timeout;
pub(crate) mod serve_content;
pub(crate) mod serve_file;
pub(crate) mod turned_away;
pub(crate) mod unread_body;
