//! What the host offers to a module.

use std::collections::HashMap;

use wasmparser::ValType;

/// One host function: its name, its signature and what calling it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostImport {
    /// First half of the two-level import name.
    pub module: String,
    /// Second half of the two-level import name.
    pub name: String,
    /// Parameter types.
    pub params: Vec<ValType>,
    /// Result types.
    pub results: Vec<ValType>,
    /// Capability that a program needs to import it; empty if it needs none.
    pub capability: String,
    /// Fuel that one call costs at most, apart from the bytes that it handles.
    pub cost: u32,
    /// True if a call may wait, false if it always returns at once.
    pub may_sleep: bool,
    /// The parameter that says how many bytes a call handles at most, which cost more fuel; `None` if none does.
    pub len_param: Option<u32>,
}

/// The host functions, to be looked up by module and name.
#[derive(Clone, Debug, Default)]
pub struct HostSet {
    imports: Vec<HostImport>,
    by_name: HashMap<String, HashMap<String, usize>>,
}

impl HostSet {
    /// The set of these functions. Of two with the same name the later one counts.
    pub fn new(imports: Vec<HostImport>) -> Self {
        let mut by_name: HashMap<String, HashMap<String, usize>> = HashMap::new();
        for (at, import) in imports.iter().enumerate() {
            by_name.entry(import.module.clone()).or_default().insert(import.name.clone(), at);
        }
        Self { imports, by_name }
    }

    /// The function with this two-level name.
    pub fn get(&self, module: &str, name: &str) -> Option<&HostImport> {
        self.imports.get(*self.by_name.get(module)?.get(name)?)
    }

    /// Whether any function has this module name.
    pub fn has_module(&self, module: &str) -> bool {
        self.by_name.contains_key(module)
    }

    /// All functions, in the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = &HostImport> {
        self.imports.iter()
    }
}

impl From<Vec<HostImport>> for HostSet {
    fn from(imports: Vec<HostImport>) -> Self {
        Self::new(imports)
    }
}

impl FromIterator<HostImport> for HostSet {
    fn from_iter<I: IntoIterator<Item = HostImport>>(imports: I) -> Self {
        Self::new(imports.into_iter().collect())
    }
}
