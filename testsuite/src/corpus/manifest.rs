//! What a program of the corpus declares in its first comment.
//!
//! ```text
//! entry: search(n: 1..=4096, key: any)     a function to call, and the ranges of its parameters
//! run: search(4096, 4095)                  arguments that reach a worst case, for ranges too wide to hit it
//! unbounded: spin -- it waits for a flag   a function that must not be claimed to end
//! ```

/// Range of a parameter, both ends included; `None` for any value of its type.
pub type Range = Option<(i64, i64)>;

/// A function to call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Name of the export.
    pub name: String,
    /// Ranges of its parameters, in order.
    pub params: Vec<Range>,
    /// Arguments to try besides those made from the ranges.
    pub runs: Vec<Vec<i64>>,
    /// Why its loops have no bound, if they have none.
    pub unbounded: Option<String>,
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Manifest {
    /// In the order of their lines.
    pub entries: Vec<Entry>,
}

impl Manifest {
    /// Whether the loops of a function have no bound, by its name.
    pub fn is_unbounded(&self, function: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == function && entry.unbounded.is_some())
    }
}

/// Reads the lines of a source.
///
/// # Errors
/// The line that is not understood, or that there is none.
pub fn parse(source: &str) -> Result<Manifest, String> {
    let mut manifest = Manifest::default();
    for line in source.lines() {
        let text = line.trim_start_matches([' ', '*', '/', '!']);
        let wrong = |what: &str| format!("{what}: `{text}`");
        if let Some(call) = text.strip_prefix("entry: ") {
            let (name, params) = split_call(call).ok_or_else(|| wrong("not `name(p: range)`"))?;
            let params: Option<Vec<Range>> = params.iter().map(|param| range(param)).collect();
            let params = params.ok_or_else(|| wrong("a range is `any` or `LO..=HI`"))?;
            manifest.entries.push(Entry { name: name.to_owned(), params, runs: Vec::new(), unbounded: None });
        } else if let Some(call) = text.strip_prefix("run: ") {
            let (name, args) = split_call(call).ok_or_else(|| wrong("not `name(value)`"))?;
            let entry = entry_of(&mut manifest, name).ok_or_else(|| wrong("no such entry"))?;
            let args: Option<Vec<i64>> = args.iter().map(|arg| number(arg)).collect();
            let args = args.filter(|args| entry.fits(args)).ok_or_else(|| wrong("arguments outside of the ranges"))?;
            entry.runs.push(args);
        } else if let Some(text) = text.strip_prefix("unbounded: ") {
            let (name, reason) = text.split_once(" -- ").ok_or_else(|| wrong("not `name -- reason`"))?;
            let entry = entry_of(&mut manifest, name.trim()).ok_or_else(|| wrong("no such entry"))?;
            entry.unbounded = Some(reason.trim().to_owned());
        }
    }
    if manifest.entries.is_empty() {
        return Err("no line `entry: name(p: LO..=HI)`".to_owned());
    }
    Ok(manifest)
}

impl Entry {
    /// Whether there is an argument for each parameter, in its range.
    fn fits(&self, args: &[i64]) -> bool {
        let inside = |(range, arg): (&Range, &i64)| range.is_none_or(|(lo, hi)| (lo..=hi).contains(arg));
        args.len() == self.params.len() && self.params.iter().zip(args).all(inside)
    }
}

fn entry_of<'a>(manifest: &'a mut Manifest, name: &str) -> Option<&'a mut Entry> {
    manifest.entries.iter_mut().find(|entry| entry.name == name)
}

/// `name(a, b)` in its parts.
fn split_call(text: &str) -> Option<(&str, Vec<&str>)> {
    let (name, rest) = text.trim().split_once('(')?;
    let inner = rest.strip_suffix(')')?.trim();
    Some((name.trim(), if inner.is_empty() { Vec::new() } else { inner.split(',').map(str::trim).collect() }))
}

/// The range of `p: LO..=HI` or `p: any`; `None` if it is neither.
fn range(param: &str) -> Option<Range> {
    let (_, range) = param.split_once(':')?;
    if range.trim() == "any" {
        return Some(None);
    }
    let (lo, hi) = range.split_once("..=")?;
    let (lo, hi) = (number(lo)?, number(hi)?);
    (lo <= hi).then_some(Some((lo, hi)))
}

fn number(text: &str) -> Option<i64> {
    let text = text.trim().replace('_', "");
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_comment() {
        let text =
            "/*\n * entry: f(n: 1..=0x10, k: any)\n * run: f(16, -3)\n * entry: g()\n * unbounded: g -- it spins\n */";
        let manifest = parse(text).expect("a manifest");
        let f =
            Entry { name: "f".into(), params: vec![Some((1, 16)), None], runs: vec![vec![16, -3]], unbounded: None };
        assert_eq!(manifest.entries[0], f);
        assert!(manifest.is_unbounded("g") && !manifest.is_unbounded("f"));
    }

    #[test]
    fn what_is_refused() {
        for text in [
            "",
            "entry: f",
            "entry: f(n)",
            "entry: f(n: 2..=1)",
            "entry: f(n: 1..=2)\nrun: f(3)",
            "run: f(3)",
            "entry: f()\nunbounded: f",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
