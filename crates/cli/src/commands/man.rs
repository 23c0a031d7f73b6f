//! `mde man`: the pages of the manual, from the same texts as `--help`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use mde_input::escape::escape_path;

use crate::cli::{Arguments, ManArguments};
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::output::file::OutputFile;
use crate::phrase::{plural, suggestion};

/// Prints one page, or writes all of them to a folder.
pub(super) fn run(arguments: &ManArguments, console: &mut Console) -> Result<Exit, Stop> {
    let mut root = Arguments::command().disable_help_subcommand(true);
    root.build();
    match &arguments.output {
        Some(folder) => write_all(&root, folder, console)?,
        None => render(find(&root, &arguments.command)?, console.results())?,
    }
    Ok(Exit::Success)
}

/// The command of these names, with or without `mde` before them.
fn find<'a>(root: &'a Command, names: &[String]) -> Result<&'a Command, Stop> {
    let names = names.strip_prefix(&[root.get_name().to_owned()][..]).unwrap_or(names);
    names.iter().try_fold(root, |command, name| {
        command.find_subcommand(name).ok_or_else(|| {
            let known = command.get_subcommands().map(Command::get_name);
            let below = command.get_subcommands().find_map(|below| below.find_subcommand(name));
            let advice = match below {
                Some(below) => format!("did you mean {}?", path(below)),
                None => suggestion(name, known),
            };
            Stop::usage(format!("there is no command {} {name:?}: {advice}", path(command)))
        })
    })
}

/// Such as `mde ip stats`.
fn path(command: &Command) -> String {
    title(command).replace('-', " ")
}

/// Such as `mde-ip-stats`, under which `man` finds the page.
fn title(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn write_all(root: &Command, folder: &Path, console: &mut Console) -> Result<(), Stop> {
    fs::create_dir_all(folder).map_err(|error| Stop::Failed {
        exit: Exit::Incomplete,
        message: format!("cannot create the folder {}: {error}", escape_path(folder)),
    })?;
    let mut commands = vec![root];
    let mut count = 0;
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|command| !command.is_hide_set()));
        let mut file = OutputFile::prepare(&folder.join(format!("{}.1", title(command))))?;
        render(command, &mut file.writer())?;
        file.complete()?;
        count += 1;
    }
    console.notify(format_args!("{} in {}", plural(count, "page is", "pages are"), escape_path(folder)));
    Ok(())
}

fn render(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    // The crate leaves a date that is empty out, and what follows would stand in its place.
    writeln!(out, ".TH {} 1 \"\" \"{SOURCE}\" \"User Commands\"", title(command))?;
    let man = Man::new(command.clone());
    man.render_name_section(out)?;
    synopsis(command).to_writer(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    sections(&after).to_writer(out)?;
    see_also(command).to_writer(out)
}

/// As `--help` shows it: the crate leaves out what a flag takes.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text([roman(usage.trim_start_matches("Usage: "))]);
    roff
}

const SOURCE: &str = concat!("mde ", env!("CARGO_PKG_VERSION"));

/// The sections of a page that the text behind the options of `--help` fills, with the beginnings of their headings there.
/// Whatever is under no heading is a note.
const SECTIONS: [(&str, &str); 3] =
    [("EXIT STATUS", "Exit codes"), ("ENVIRONMENT", "Environment"), ("EXAMPLES", "Examples")];

const NOTES: &str = "NOTES";

/// A paragraph, or lines that are shown as they are.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Paragraph(String),
    Lines(Vec<String>),
}

fn sections(help: &str) -> Roff {
    let mut notes = Vec::new();
    let mut others = SECTIONS.map(|(name, _)| (name, Vec::new()));
    let mut section: Option<usize> = None;
    for line in help.lines() {
        let is_indented = line.starts_with("  ");
        if !is_indented && !line.is_empty() {
            section = SECTIONS.iter().position(|(_, heading)| line.starts_with(heading) && line.ends_with(':'));
            if section.is_some() {
                continue;
            }
        }
        let blocks = section.and_then(|section| others.get_mut(section)).map_or(&mut notes, |(_, blocks)| blocks);
        add(blocks, line);
    }
    let mut roff = Roff::new();
    let [exit_status, environment, examples] = others;
    for (name, blocks) in [exit_status, environment, (NOTES, notes), examples] {
        write_section(&mut roff, name, &blocks);
    }
    roff
}

/// Adds a line to the block that it goes on, or begins another one.
fn add(blocks: &mut Vec<Block>, line: &str) {
    match (line.strip_prefix("  "), blocks.last_mut()) {
        (Some(line), Some(Block::Lines(lines))) => lines.push(line.to_owned()),
        (Some(line), _) => blocks.push(Block::Lines(vec![line.to_owned()])),
        (None, Some(Block::Lines(lines))) if line.is_empty() => lines.push(String::new()),
        (None, _) if line.is_empty() => blocks.push(Block::Paragraph(String::new())),
        (None, Some(Block::Paragraph(text))) if text.is_empty() => line.clone_into(text),
        (None, Some(Block::Paragraph(text))) => {
            text.push(' ');
            text.push_str(line);
        }
        (None, _) => blocks.push(Block::Paragraph(line.to_owned())),
    }
}

fn write_section(roff: &mut Roff, name: &str, blocks: &[Block]) {
    let is_empty = |block: &Block| match block {
        Block::Paragraph(text) => text.is_empty(),
        Block::Lines(_) => false,
    };
    let mut blocks = blocks.iter().filter(|block| !is_empty(block)).peekable();
    if blocks.peek().is_none() {
        return;
    }
    roff.control("SH", [name]);
    for (index, block) in blocks.enumerate() {
        if index > 0 {
            roff.control("PP", []);
        }
        match block {
            Block::Paragraph(text) => {
                roff.text([roman(text)]);
            }
            Block::Lines(lines) => {
                let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
                roff.control("nf", []);
                for line in lines.iter().take(end) {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []);
            }
        }
    }
}

/// The commands above; those below are listed in the page itself.
fn see_also(command: &Command) -> Roff {
    let title = title(command);
    let above: Vec<_> = title.match_indices('-').map(|(end, _)| &title[..end]).collect();
    let mut roff = Roff::new();
    if above.is_empty() {
        return roff;
    }
    roff.control("SH", ["SEE ALSO"]);
    let mut inlines = Vec::new();
    for (index, name) in above.into_iter().enumerate() {
        if index > 0 {
            inlines.push(roman(", "));
        }
        inlines.extend([bold(name), roman("(1)")]);
    }
    roff.text(inlines);
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(command: &Command) -> Vec<(String, String)> {
        let mut page = Vec::new();
        render(command, &mut page).unwrap_or_else(|error| panic!("{error}"));
        let page = (title(command), String::from_utf8_lossy(&page).into_owned());
        let below = command.get_subcommands().filter(|command| !command.is_hide_set());
        std::iter::once(page).chain(below.flat_map(pages)).collect()
    }

    fn all() -> Vec<(String, String)> {
        let mut root = Arguments::command().disable_help_subcommand(true);
        root.build();
        pages(&root)
    }

    /// The lines of a section.
    fn section<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
        let heading = |line: &str| line.strip_prefix(".SH ").map(|name| name.trim_matches('"').to_owned());
        let lines = page.lines().skip_while(|line| heading(line).as_deref() != Some(name)).skip(1);
        lines.take_while(|line| heading(line).is_none()).filter(|line| !line.starts_with('.')).collect()
    }

    #[test]
    fn every_command_has_a_page_that_is_complete() {
        let pages = all();
        assert!(pages.len() >= 16, "{} pages", pages.len());
        for (name, page) in &pages {
            for needed in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES"] {
                let lines = section(page, needed);
                assert!(lines.iter().any(|line| !line.trim().is_empty()), "{name} has nothing under {needed}:\n{page}");
            }
            assert_eq!(section(page, "SEE ALSO").is_empty(), name == "mde", "{name}");
        }
        let (_, mde) = pages.iter().find(|(name, _)| name == "mde").unwrap_or_else(|| panic!("mde has no page"));
        assert!(section(mde, "ENVIRONMENT").iter().any(|line| line.contains("MDE_TOKEN")), "{mde}");
        assert!(section(mde, "EXIT STATUS").iter().any(|line| line.starts_with("130")), "{mde}");
        assert!(section(mde, "NOTES").iter().any(|line| line.contains("config show")), "{mde}");
    }

    /// Of each option, of each possible value of one, and of each command.
    #[test]
    fn nothing_is_without_a_description() {
        fn missing(command: &Command) -> Vec<String> {
            let name = title(command);
            let mut found: Vec<_> = command.get_about().is_none().then(|| name.clone()).into_iter().collect();
            let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set());
            let without = arguments.filter(|argument| argument.get_help().is_none());
            found.extend(without.map(|argument| format!("{name} {}", argument.get_id())));
            found.extend(command.get_subcommands().flat_map(missing));
            found
        }
        let mut root = Arguments::command().disable_help_subcommand(true);
        root.build();
        assert_eq!(missing(&root), Vec::<String>::new());
    }

    #[test]
    fn help_is_cut_into_sections() {
        let help = "Examples:\n  one\n\n  two\n\nA note that\ngoes on:\n  a table\nand ends.\n\nExit codes:\n  0  well";
        let expected = ".SH \"EXIT STATUS\"\n.nf\n0  well\n.fi\n.SH NOTES\nA note that goes on:\n.PP\n.nf\na table\n.fi\n\
                        .PP\nand ends.\n.SH EXAMPLES\n.nf\none\n\ntwo\n.fi\n";
        assert_eq!(sections(help).to_roff(), expected);
    }
}
