//! Parameters of the engine that a client has sent as fields of the request.

use serde_json::Value;

use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::params::{Parameters, nearest};

/// Tells of unknown fields that are parameters of the engine, or look like one, where they belong.
pub(super) fn tell(parameters: &Parameters, faults: &mut [Fault]) {
    for fault in faults.iter_mut().filter(|fault| fault.code == Code::FieldUnknown) {
        let name = bare(&fault.field);
        if let Some(property) = parameters.property(name) {
            let example = property.get("default").filter(|value| !value.is_null()).cloned();
            let example = example.unwrap_or_else(|| Value::from("\u{2026}"));
            fault.remedy =
                format!("`{name}` is a parameter of the engine: send it in `params`, as {{\"{name}\": {example}}}");
        } else if !fault.remedy.starts_with("did you mean")
            && let Some(near) = nearest(name, parameters.names())
        {
            fault.remedy = format!("did you mean the engine's parameter `{near}`? send it in `params`");
        }
    }
}

/// The parameter's name in one that says where it belongs: `params.width`, `params[width]`.
fn bare(field: &str) -> &str {
    let bracketed = field.strip_prefix("params[").and_then(|name| name.strip_suffix(']'));
    bracketed.or_else(|| field.strip_prefix("params.")).unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    fn remedy(field: &str, remedy: &str) -> String {
        let params = json!({"properties": {"speed": {"type": "number", "default": 1.5}, "mood": {"type": "string"}}});
        let parameters = testing::parameters(params);
        let mut faults = [Fault::new(field, Code::FieldUnknown, "", remedy)];
        tell(&parameters, &mut faults);
        let [fault] = faults;
        fault.remedy
    }

    #[test]
    fn parameters_are_told_to_go_where_they_belong() {
        for field in ["speed", "params.speed", "params[speed]"] {
            let told = "`speed` is a parameter of the engine: send it in `params`, as {\"speed\": 1.5}";
            assert_eq!(remedy(field, "did you mean `seed`?"), told);
        }
        assert!(remedy("mood", "").ends_with("as {\"mood\": \"…\"}"));
        assert_eq!(remedy("sped", ""), "did you mean the engine's parameter `speed`? send it in `params`");
        assert_eq!(remedy("sped", "did you mean `spend`?"), "did you mean `spend`?");
        assert_eq!(remedy("colour", "the fields are …"), "the fields are …");
    }
}
