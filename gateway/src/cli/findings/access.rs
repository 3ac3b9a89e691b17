//! Who is let in, and who is not.

use crate::cli::findings::Finding;
use crate::config::Config;

/// Who is let in where this many keys are `valid`, and any `was_made`.
pub(in crate::cli) fn keys(config: &Config, valid: usize, was_made: bool) -> Finding {
    if config.server.open {
        return Finding::ok("keys", "everyone is let in without one: server.open");
    }
    let add = "`avatar-gateway keys add NAME` makes one";
    match (valid, config.auth.required.unwrap_or(was_made)) {
        (1.., _) => Finding::ok("keys", format!("every request needs one; {valid} count")),
        (0, true) if was_made => Finding::warning(
            "keys",
            "every key is revoked, and nobody is let in",
            format!("{add}; or let everyone in who reaches the address, with auth.required = false"),
        ),
        (0, true) => Finding::warning("keys", "auth.required = true, and there is none: nobody is let in", add),
        (0, false) => match strangers(config) {
            Some((message, remedy)) => Finding::failure("keys", message, remedy),
            None => Finding::ok("keys", "there is none: whoever reaches a loopback address is let in"),
        },
    }
}

/// Why a gateway without keys does not start, and what to do; `None` where only this machine reaches it, or it is open.
pub(in crate::cli) fn strangers(config: &Config) -> Option<(String, String)> {
    let (key, address) = config.guarded_listeners().into_iter().next()?;
    let open = key.replace("listen", "open");
    let message =
        format!("{key} = {address} can be reached from other machines, and nothing would keep their clients out");
    let remedy = format!(
        "make a key with `avatar-gateway keys add NAME`, listen on 127.0.0.1, or set {open} = true if everyone who \
         reaches the port may use it"
    );
    Some((message, remedy))
}
