/// A rule that findings or reports name, with a page that explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in kebab-case. Stable.
    pub id: &'static str,
    /// What it asks for, in one sentence.
    pub summary: &'static str,
    /// The page, in Markdown: why the rule is there, with a bad and a good example.
    pub page: &'static str,
}
