//! A manifest of this workspace, or of the template, as one that stands alone.

use anyhow::Context;
use toml::{Table, Value};

const WORKSPACE: &str = include_str!("../../../../../Cargo.toml");
/// How a line ends that takes its value from the workspace.
const INHERITED: &str = ".workspace = true";

/// The manifest with what it takes from the workspace written out, and of its tables these alone, or all.
///
/// # Errors
/// It takes something that the workspace does not have.
pub(super) fn alone(manifest: &str, tables: &[&str]) -> anyhow::Result<String> {
    let workspace: Table = WORKSPACE.parse()?;
    let workspace = workspace.get("workspace").context("the workspace's manifest is one")?;
    let inherited = |section: &str, key: &str| -> anyhow::Result<Value> {
        let table = if section == "package" { "package" } else { "dependencies" };
        let value = workspace.get(table).and_then(|table| table.get(key));
        value.cloned().with_context(|| format!("the workspace has no {table}.{key}"))
    };
    let (mut text, mut section) = (String::new(), "");
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']);
        }
        if !tables.is_empty() && !tables.contains(&section) {
            continue;
        }
        match line.strip_suffix(INHERITED) {
            Some(key) => text += &format!("{key} = {}", inherited(section, key)?),
            None => text += line,
        }
        text.push('\n');
    }
    Ok(format!("{}\n", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inherited_is_written_out() {
        let manifest = "[package]\nname = \"x\"\nedition.workspace = true\n\n[dependencies]\nserde.workspace = true\n\n\
                        [lints]\nworkspace = true\n";
        let text = alone(manifest, &["package", "dependencies"]).unwrap();
        let table: Table = text.parse().unwrap();
        assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
        assert_eq!(table["dependencies"]["serde"]["features"][0].as_str(), Some("derive"));
        assert!(!text.contains("workspace") && !text.contains("lints"), "{text}");
        assert!(
            alone("[dependencies]\nnonesuch.workspace = true\n", &[]).unwrap_err().to_string().contains("nonesuch")
        );
    }
}
