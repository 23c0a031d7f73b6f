//! `openapi`, `info` and `tags`: what the contract says of itself.

use super::place::{At, Pair, Paired};
use super::{Walk, cloned, list, texts};
use crate::diff::rules;

impl<'a> Walk<'a> {
    pub(super) fn information(&mut self, root: &Pair<'a>) {
        if root.differs("openapi") {
            let (old, new) = root.texts("openapi");
            let message = format!("the contract is written in OpenAPI {new}, it was {old}");
            self.tell(rules::OPENAPI_VERSION_CHANGED, &root.place("openapi"), cloned(root.values("openapi")), message);
        }
        self.beside(root, &["externalDocs"], "the contract");
        let Some(info) = root.get("info") else { return };
        for (key, rule) in [("title", rules::TITLE_CHANGED), ("version", rules::CONTRACT_VERSION_CHANGED)] {
            if info.differs(key) {
                let (old, new) = info.texts(key);
                let message = format!("the {key} of the contract is \"{new}\", it was \"{old}\"");
                self.tell(rule, &info.place(key), cloned(info.values(key)), message);
            }
        }
        self.words(&info, &["description"], "the contract");
        self.beside(&info, &["contact", "license", "termsOfService"], "the contract");
        self.rest(&info, &["title", "version", "description", "contact", "license", "termsOfService"]);
    }

    pub(super) fn tags(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.items_of("tags"), root.new.items_of("tags"));
        let paired = Paired::by(base, new, |tag| tag.text("name"));
        for tag in &paired.removed {
            let (name, old) = (tag.text("name"), Some(tag.text("name").into()));
            self.tell(rules::TAG_LIST_CHANGED, tag, (old, None), format!("the tag `{name}` is no longer described"));
        }
        for tag in &paired.added {
            let (name, new) = (tag.text("name"), Some(tag.text("name").into()));
            self.tell(rules::TAG_LIST_CHANGED, tag, (None, new), format!("the tag `{name}` is described"));
        }
        for tag in &paired.both {
            let whose = format!("the tag `{}`", tag.new.text("name"));
            self.words(tag, &["description"], &whose);
            self.beside(tag, &["externalDocs"], &whose);
            self.rest(tag, &["name", "description", "externalDocs"]);
        }
        if paired.reordered {
            let names = |root: &At<'a>| list(root.items_of("tags").iter().map(|tag| tag.text("name")));
            self.reordered(root, "tags", (names(&root.base), names(&root.new)), "the tags");
        }
    }

    pub(super) fn operation_tag(&mut self, operation: &Pair<'a>, whose: &str) {
        if !operation.differs("tags") {
            return;
        }
        let (old, new) = (operation.base.texts("tags").join(", "), operation.new.texts("tags").join(", "));
        let message = format!("{whose} stands under the tag `{new}`, it was `{old}`");
        let at = operation.new.items_of("tags").into_iter().next().unwrap_or_else(|| operation.place("tags"));
        self.tell(rules::OPERATION_TAG_CHANGED, &at, texts(old, new), message);
    }
}
