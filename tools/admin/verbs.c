/* verbs.c - the table of all verbs. */
#include "admin/verbs.h"
#include "admin/events.h"
#include "admin/verb_commands.h"
#include "admin/verb_dead.h"
#include "admin/verb_diff.h"
#include "admin/verb_events.h"
#include "admin/verb_help.h"
#include "admin/verb_info.h"
#include "admin/verb_sagas.h"
#include "admin/verb_sessions.h"
#include "admin/verb_show.h"
#include "admin/verb_state.h"
#include "admin/verb_status.h"
#include "admin/verb_streams.h"
#include "admin/verb_subscribers.h"
#include "admin/verb_tail.h"
#include "admin/verb_trace.h"
#include "admin/verb_types.h"
#include "admin/verb_verify.h"

const struct jangle_verbs jn_verbs = JANGLE_VERBS(
    {.name = "status",
     .arguments = "",
     .text =
         "show what is wrong, worst first, with what to type next; exit 1 if anything is",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_status},
    {.name = "info",
     .arguments = "",
     .text = "show what the store is: its size, its schema, who has it open",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_info},
    {.name = "sessions",
     .arguments = "",
     .text = "list the processes that have the store open to write, or died so",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_sessions},
    {.name = "types",
     .arguments = "[KIND]",
     .text = "list what the programs of the store are made of: messages with their "
             "members, aggregates, and who follows the events",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_types},
    {.name = "streams",
     .arguments = "[STREAM]",
     .text = "list the streams, those of a kind, or those whose names fit a glob",
     .needs = JANGLE_NEEDS_FILE,
     .options = JANGLE_OPTIONS(
         {"limit", 'n', "N", "end after so many streams", NULL},
         {"after", 0, "STREAM", "begin behind the stream of this name", NULL}),
     .run = jn_run_streams},
    {.name = "events",
     .arguments = "[STREAM]",
     .text = "search the events of a stream, of a kind of streams, or of the whole log",
     .needs = JANGLE_NEEDS_FILE,
     .options = JANGLE_OPTIONS(
         JN_EVENT_OPTIONS,
         {"limit", 'n', "N", "end after so many events", NULL},
         {"read-limit", 0, "N", "end after so many records were read", NULL},
         {"from", 0, "POSITION", "begin at that position", NULL},
         {"newest", 0, NULL, "the newest come first", NULL}),
     .run = jn_run_events},
    {.name = "show",
     .arguments = "WHAT",
     .text = "show all of one event, of what a command stored, or of a stream",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_show},
    {.name = "trace",
     .arguments = "WHAT",
     .text = "show what led to an event and what it led to, as a tree",
     .needs = JANGLE_NEEDS_FILE,
     .options = JANGLE_OPTIONS({"read-limit", 0, "N",
                                "end after so many records were read, and not after "
                                "1,000,000; 0: read to the end",
                                NULL}),
     .run = jn_run_trace},
    {.name = "tail",
     .arguments = "[STREAM]",
     .text = "show the newest events, and those that come",
     .needs = JANGLE_NEEDS_FILE,
     .options = JANGLE_OPTIONS(
         {"follow", 'f', NULL, "go on with what is stored from now on, until Ctrl-C",
          NULL},
         {"lines", 'n', "N", "begin with so many of the newest, and not with 10", NULL},
         {"from", 0, "POSITION", "begin at that position", NULL},
         JN_EVENT_OPTIONS),
     .run = jn_run_tail},
    {.name = "commands",
     .arguments = "ID",
     .text = "show the stored answer to the command of that id; `events --causation ID` "
             "finds its events",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_commands},
    {.name = "subscribers",
     .arguments = "[SUBSCRIBER]",
     .text = "show how far each subscriber, saga, publisher and consumer is",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_subscribers},
    {.name = "views",
     .arguments = "[VIEW]",
     .text = "show how far each view is whose file lies beside the store",
     .needs = JANGLE_NEEDS_FILE,
     .run = jn_run_views},
    {.name = "dead",
     .arguments = "[SUBSCRIBER]",
     .text = "list the dead letters: events that subscribers gave up; exit 1 if there "
             "are any",
     .needs = JANGLE_NEEDS_FILE,
     .options =
         JANGLE_OPTIONS({"by-reason", 0, NULL, "count them by their reasons", NULL},
                        {"because", 0, "GLOB", "only those of such a reason", NULL},
                        {"type", 't', "GLOB", "only those of such a type", NULL},
                        {"parked", 0, NULL, "also those that are tried again", NULL}),
     .run = jn_run_dead},
    {.name = "sagas",
     .arguments = "[SAGA]",
     .text = "list the sagas that are open or wait for a person, or show one, such as "
             "transfer/ID, with its steps; exit 1 if one waits for a person",
     .needs = JANGLE_NEEDS_FILE,
     .options =
         JANGLE_OPTIONS({"finished", 0, NULL, "finished ones, too", NULL},
                        {"limit", 'n', "N", "end after so many sagas", NULL},
                        {"after", 0, "ID", "begin behind the saga of this id", NULL}),
     .run = jn_run_sagas},
    {.name = "diff",
     .arguments = "OTHER",
     .text = "compare the events of two stores, of which one is a copy: where do they "
             "part, and what does each have beyond that?",
     .needs = JANGLE_NEEDS_FILE,
     .options = JANGLE_OPTIONS({"all", 0, NULL,
                                "compare each event, and not only so many as find the "
                                "place in a copy",
                                NULL}),
     .run = jn_run_diff},
    {.name = "verify",
     .arguments = "",
     .text = "check what the files of the store can show; exit 1 if something is wrong",
     .needs = JANGLE_NEEDS_FILE,
     .options =
         JANGLE_OPTIONS({"deep", 0, NULL,
                         "also: is every payload JSON, and is every index sound", NULL}),
     .run = jn_run_verify},
    {.name = "state",
     .arguments = "STREAM",
     .text = "show the state of an aggregate, now or after one of its events",
     .needs = JANGLE_NEEDS_CODE,
     .run = jn_run_state},
    {.name = "help",
     .arguments = "[VERB]",
     .text = "list the verbs, or print what one of them does and takes",
     .options =
         JANGLE_OPTIONS({"man", 0, NULL, "print the manual page, in mdoc", NULL},
                        {"markdown", 0, NULL, "print the tables of docs/tools.md", NULL}),
     .run = jn_run_help},
    {.name = "completion",
     .arguments = "SHELL",
     .text = "print what a shell needs to complete words: bash, zsh or fish",
     .run = jn_run_completion});
