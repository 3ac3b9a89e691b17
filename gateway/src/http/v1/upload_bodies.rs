//! The two bodies in which an upload comes, as the document tells of them: a form with the file, or JSON with its address.
//! Both say the same beside it.
//!
//! Pages fill a form in with the examples of its fields, so these are what holds without them. None is called a `default`,
//! because generators of clients would have it always sent.

/// Describes both for one kind of upload, with the fields `beside` the file.
macro_rules! upload_bodies {
    (
        $(#[$form_doc:meta])* form $form:ident, $(#[$file_doc:meta])* file;
        $(#[$address_doc:meta])* address $address:ident, $(#[$url_doc:meta])* url;
        $($(#[$said:meta])* beside $name:ident: $kind:ident;)*
    ) => {
        #[derive(ToSchema)]
        #[allow(dead_code, reason = "only documents the request")]
        $(#[$form_doc])*
        pub(crate) struct $form {
            $(#[$file_doc])*
            #[schema(value_type = String, format = Binary)]
            file: Vec<u8>,
            $($(#[$said])* $name: Option<$kind>,)*
            /// Refuse a file that was cut or damaged, which is taken with a warning otherwise.
            #[schema(example = false)]
            strict: Option<bool>,
        }

        #[derive(ToSchema)]
        #[allow(dead_code, reason = "only documents the request")]
        $(#[$address_doc])*
        pub(crate) struct $address {
            $(#[$url_doc])*
            url: String,
            $($(#[$said])* $name: Option<$kind>,)*
            /// Refuse a file that was cut or damaged, which is taken with a warning otherwise.
            #[schema(example = false)]
            strict: Option<bool>,
        }
    };
}
pub(crate) use upload_bodies;
