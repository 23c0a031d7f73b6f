//! Decides which fields count, once a source has been read, and says which there are where that is open.

use std::collections::HashMap;

use super::groups::{Group, Reads, Role};
use super::names::{FieldPath, Meaning, is_wrapper};
use super::paths::{Path, PathId, Paths, ROOT, Step};
use super::walk::Walker;
use crate::escape::{escape, quote};
use crate::inputs::{Collector, Reason};

/// The most fields that a message lists.
const MAX_LISTED: usize = 20;

/// So many fields that differ in one name on their path are one field of a list whose items have names.
const MANY: usize = 8;

/// The groups that count, by their indices, or why that is open: a sentence without its subject, which is the source.
pub(super) fn choose(walker: &Walker<'_>, fields: &[FieldPath], are_needed: bool) -> Result<Vec<usize>, String> {
    let Walker { paths, groups, .. } = walker;
    match fields {
        [] => by_known_names(paths, &groups.all),
        _ => by_fields(paths, &groups.all, fields, are_needed),
    }
}

/// What counts of a source, in its order.
pub(super) fn collected(walker: Walker<'_>, chosen: &[usize]) -> Vec<Collector> {
    let Walker { paths, groups, collector, .. } = walker;
    let mut collectors = Vec::new();
    if chosen.is_empty() {
        let mut nothing = collector.empty_copy();
        (0..paths[ROOT].events).for_each(|_| nothing.pass_over(Reason::WithoutAddress));
        collectors.push(nothing);
    }
    for (index, mut group) in groups.all.into_iter().enumerate() {
        if chosen.contains(&index) {
            // Events are without a field with a name; texts without one stand beside them.
            if group.reads != Reads::Bare || chosen.len() == 1 {
                (0..group.missing(&paths)).for_each(|_| group.collector.pass_over(Reason::WithoutAddress));
            }
            collectors.push(group.collector);
        }
    }
    collectors
}

/// Whether a field that the user named was found.
pub(super) fn has_named_field(paths: &Paths<Role>) -> bool {
    paths.all().any(|(_, path)| matches!(path.role.reads, Some(Reads::Field(..))))
}

/// Those with a known name, of which one must have addresses, or several in a shape that is known.
fn by_known_names(paths: &Paths<Role>, groups: &[Group]) -> Result<Vec<usize>, String> {
    let all = |reads: Reads, fits: &dyn Fn(&Group) -> bool| -> Vec<usize> {
        let with_index = groups.iter().enumerate();
        with_index.filter(|(_, group)| group.reads == reads && fits(group)).map(|(index, _)| index).collect()
    };
    // Texts without a name are read beside those with one.
    let bare = all(Reads::Bare, &|_| true);
    let and_bare = |found: Vec<usize>| Ok([found, bare.clone()].concat());
    let by_rank = [Reads::Shaped, Reads::Known(Meaning::Specific), Reads::Known(Meaning::Generic)];
    for reads in by_rank {
        let found = all(reads, &has_addresses);
        let refused = without_group(paths, reads);
        let is_one = reads == Reads::Shaped || refused.is_empty() && is_one_map(paths, groups, &found);
        if found.len() + refused.len() > 1 && !is_one {
            return Err(several(paths, groups, &found, refused));
        }
        if !found.is_empty() {
            return and_bare(found);
        }
    }
    let names = all(Reads::Names, &has_addresses);
    let listed = with_addresses(paths, groups, &names);
    let bare_has_any = bare.iter().any(|index| groups[*index].collector.given() > 0);
    // A value or a list of anything is no field of addresses where others have some.
    let is_meant = |reads: &Reads| *reads != Reads::Known(Meaning::Generic) || listed.is_empty();
    let named = by_rank.into_iter().filter(is_meant).map(|reads| all(reads, &|group| group.collector.given() > 0));
    match named.into_iter().find(|found| !found.is_empty()) {
        Some(found) => return and_bare(found),
        None if bare_has_any => return Ok(bare),
        None => {}
    }
    if names.len() == 1 && listed.len() == 1 {
        return Ok(names);
    }
    if !listed.is_empty() {
        let example = name_one(&listed);
        return Err(format!("has no known field of addresses; these have some: {}; {example}", list(&listed)));
    }
    // Names like addresses, none of which is one.
    let damaged = all(Reads::Names, &|group| group.collector.given() > 0);
    if !damaged.is_empty() {
        return and_bare(damaged);
    }
    let missing = by_rank.into_iter().map(|reads| all(reads, &|_| true)).find(|found| !found.is_empty());
    match missing {
        Some(found) => and_bare(found),
        None if !bare.is_empty() || !has_values(paths) || is_empty_answer(paths) => Ok(bare),
        None => {
            Err("has no known field of addresses, and no text in it is an address: --extract finds those within texts"
                .to_owned())
        }
    }
}

/// Those that the user named, of which at least one must be there, or all.
fn by_fields(
    paths: &Paths<Role>,
    groups: &[Group],
    fields: &[FieldPath],
    are_needed: bool,
) -> Result<Vec<usize>, String> {
    let mut chosen = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let all = |reads: Reads| -> Vec<usize> {
            let with_index = groups.iter().enumerate();
            with_index.filter(|(_, group)| group.reads == reads).map(|(index, _)| index).collect()
        };
        let before = chosen.len();
        chosen.extend(all(Reads::Field(index, true)));
        for meaning in [Meaning::Specific, Meaning::Generic] {
            let known = all(Reads::Within(index, meaning));
            let with_any: Vec<_> = known.iter().copied().filter(|index| has_addresses(&groups[*index])).collect();
            match with_any.as_slice() {
                [] if meaning == Meaning::Specific => {}
                [] => chosen.extend(known),
                [only] => {
                    chosen.push(*only);
                    break;
                }
                _ => return Err(several(paths, groups, &with_any, Vec::new())),
            }
        }
        if are_needed && chosen.len() == before && has_values(paths) {
            return Err(not_found(paths, groups, field));
        }
    }
    match fields.first() {
        Some(field) if chosen.is_empty() && has_values(paths) => Err(not_found(paths, groups, field)),
        _ => Ok(chosen),
    }
}

fn has_addresses(group: &Group) -> bool {
    group.collector.taken() > 0
}

fn has_values(paths: &Paths<Role>) -> bool {
    paths.all().any(|(_, path)| path.values > 0)
}

/// Whether there is a list that events are wrapped in, and no event in any list.
fn is_empty_answer(paths: &Paths<Role>) -> bool {
    let is_list = |step: &Step| matches!(step, Step::Name(name) if is_wrapper(name));
    let is_empty = |path: &Path<Role>| path.values == 0 && is_list(&path.step) && path.is_childless();
    paths.all().any(|(_, path)| is_empty(path)) && paths.all().all(|(id, path)| id == ROOT || path.events == 0)
}

/// Paths that would be read if there were not too many of them.
fn without_group(paths: &Paths<Role>, reads: Reads) -> Vec<(String, u64)> {
    let refused = paths.all().filter(|(_, path)| path.role.reads == Some(reads) && path.role.group.is_none());
    let with_any = refused.filter(|(_, path)| path.addresses > 0);
    with_any.map(|(id, path)| (paths.name(id), path.addresses)).collect()
}

fn several(paths: &Paths<Role>, groups: &[Group], found: &[usize], refused: Vec<(String, u64)>) -> String {
    let listed = sorted(found.iter().map(|index| counted(paths, &groups[*index])).chain(refused));
    let example = name_one(&listed);
    format!("has {} fields that may hold the addresses: {}; {example}, or several", listed.len(), list(&listed))
}

/// Paths with addresses, most of them first, with those whose names are some.
fn with_addresses(paths: &Paths<Role>, groups: &[Group], names: &[usize]) -> Vec<(String, u64)> {
    let with_any = paths.all().filter(|(_, path)| path.addresses > 0);
    let values = with_any.map(|(id, path)| (paths.name(id), path.addresses));
    sorted(values.chain(names.iter().map(|index| counted(paths, &groups[*index]))))
}

fn counted(paths: &Paths<Role>, group: &Group) -> (String, u64) {
    (paths.name(group.path), group.collector.taken())
}

/// Whether many fields differ in one name on their path, and not in their own.
fn is_one_map(paths: &Paths<Role>, groups: &[Group], found: &[usize]) -> bool {
    let names: Vec<String> = found.iter().map(|index| paths.name(groups[*index].path)).collect();
    let steps: Vec<Vec<&str>> = names.iter().map(|name| name.split('.').collect()).collect();
    let Some(first) = steps.first().filter(|_| steps.len() >= MANY) else { return false };
    let is_same = |at: usize| steps.iter().all(|steps| steps.get(at) == first.get(at));
    let different = (0..first.len()).filter(|at| !is_same(*at)).count();
    different == 1 && is_same(first.len() - 1) && steps.iter().all(|steps| steps.len() == first.len())
}

/// Each name once, as one with dots in it may be that of a path as well; the most addresses first.
fn sorted(counted: impl Iterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut listed: Vec<(String, u64)> = Vec::new();
    let mut indices: HashMap<String, usize> = HashMap::new();
    for (name, count) in counted {
        match indices.get(&name).and_then(|index| listed.get_mut(*index)) {
            Some((_, sum)) => *sum += count,
            None => {
                indices.insert(name.clone(), listed.len());
                listed.push((name, count));
            }
        }
    }
    listed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    listed
}

fn name_one(listed: &[(String, u64)]) -> String {
    // What has no path of its own cannot be named.
    let has_path = |(name, _): &&(String, u64)| !name.starts_with('…');
    let name = listed.iter().find(has_path).or(listed.first()).map_or("", |(name, _)| name);
    // Each shell knows both kinds.
    let quotation_mark = if name.contains('\'') { '"' } else { '\'' };
    format!("name one with --field {quotation_mark}{}{quotation_mark}", escape(name))
}

fn list(listed: &[(String, u64)]) -> String {
    let named = listed.iter().take(MAX_LISTED).map(|(name, count)| match count {
        0 => quote(name),
        1 => format!("{} (1 address)", quote(name)),
        _ => format!("{} ({count} addresses)", quote(name)),
    });
    let named = named.collect::<Vec<_>>().join(", ");
    match listed.len().saturating_sub(MAX_LISTED) {
        0 => named,
        others => format!("{named} and {others} more"),
    }
}

/// The fields there are, those like the one that is not there first.
fn not_found(paths: &Paths<Role>, groups: &[Group], field: &FieldPath) -> String {
    let is_like = |id: PathId| {
        let name = paths.names_between(ROOT, id);
        name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(field.last()))
    };
    let found = paths.all().filter(|(_, path)| path.values > 0);
    let (like, others): (Vec<_>, Vec<_>) = found.partition(|(id, _)| is_like(*id));
    let count = |path: &Path<Role>| {
        let group = path.role.group.and_then(|index| groups.get(index));
        path.addresses + group.map_or(0, |group| group.collector.taken())
    };
    let sort =
        |found: Vec<(PathId, &Path<Role>)>| sorted(found.into_iter().map(|(id, path)| (paths.name(id), count(path))));
    let listed = [sort(like), sort(others)].concat();
    let is_list = paths.all().any(|(_, path)| path.role.within.is_some());
    let wanted = if is_list { "no known field of addresses in" } else { "no field" };
    format!("has {wanted} {}; name one with --field: {}", quote(field.as_str()), list(&listed))
}
