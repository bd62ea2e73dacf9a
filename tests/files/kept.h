/* kept.h - the program that made the stores which are kept here, and that opens them.
 *
 * It has desks at which something is said to somebody: the event `said` names a
 * subscriber, and a word that tells this subscriber what to do (fail, reject, die...).
 * All others pass that event. Its sagas are told what to do in the same way, by `called`.
 * With `kept_mood.healed` everybody succeeds. */
#ifndef KEPT_H
#define KEPT_H

#include <jangle/jangle.h>

/* ---- messages ---------------------------------------------------------------- */

/* Refused if the word is "no"; the reply is the number of words of that desk. */
struct say {
    const char *desk_id;
    const char *to;
    const char *word;
};

/* The same, but the event goes to the stream saga/ID of an aggregate called "saga": its
 * key looks like that of a saga. */
struct say_oddly {
    const char *desk_id;
    const char *to;
    const char *word;
};

/* Begins the saga of that id, and calls it. */
struct begin {
    const char *desk_id;
    const char *id;
};

struct call {
    const char *desk_id;
    const char *id;
    const char *word;
};

extern const struct jangle_message say, say_oddly, begin, call;

struct said {
    const char *to;
    const char *word;
};

struct begun {
    const char *id;
};

struct called {
    const char *id;
    const char *word;
};

/* A trip's note. */
struct paid_noted {
    int64_t amount;
};

extern const struct jangle_message said, begun, called, paid_noted;

/* What the view "notes" shows. */
struct note_line {
    const char *desk;
    const char *word;
};

struct note_lines {
    struct note_line *items;
    size_t count;
};

struct note_list {
    struct note_lines lines;
};

struct get_notes {
    int64_t limit;
};

extern const struct jangle_message note_line, note_list, get_notes;

/* ---- who is there ------------------------------------------------------------ */

extern const struct jangle_aggregate desk_aggregate, odd_aggregate;

/* Each handles the words "ok", "fail", "reject" and "die". */
extern const struct jangle_subscriber kept_letters; /* in order: dead letters park */
extern const struct jangle_subscriber kept_labels;  /* in any order */
extern const struct jangle_subscriber kept_adverts; /* dead letters pass */
extern const struct jangle_subscriber kept_mails;   /* meets an outage */
extern const struct jangle_subscriber
    kept_fragile; /* ended the process, up to its limit */
extern const struct jangle_subscriber kept_bruised; /* ended the process, once */
extern const struct jangle_subscriber kept_news;    /* began when it was first opened */
extern const struct jangle_subscriber kept_orders;  /* sends two commands, then fails */
extern const struct jangle_subscriber kept_notes;   /* a view */
extern const struct jangle_subscriber kept_board;   /* a view that meets an outage */
extern const struct jangle_subscriber kept_slate;   /* a view that ended the process */

/* Trips were called "journey" at first. A trip's words: "pay" (a version, a command, a
 * note, a timeout in a month), "ask" (a command that is refused), "fail" (a command and a
 * note first), "wait" (the same, and it times out in an hour), "change", "die", "bye". */
extern const struct jangle_saga kept_journey, kept_trip;

/* Stays are about timeouts: "hour" and "now" say when; their turn sends a command, and
 * fails. The turn of those whose id begins with "stay-crash" ends the process. */
extern const struct jangle_saga kept_stay;

/* ---- a program --------------------------------------------------------------- */

struct kept_mood {
    bool healed;  /* nothing fails */
    bool deadly;  /* "die" ends the process, with this status: */
    bool changed; /* the code of "change" is another one */
};

enum { KEPT_DEATH = 77 };

extern struct kept_mood kept_mood;

/* Who was called for what, in order: "letters:a/1#2 " is the second attempt of the event
 * a/1, "trip-dead:fail#1 " a turn, "stay-dead:timeout#1 " a timeout's. */
extern char kept_heard[16384];

/* What the two commands of `orders` were answered: "OK 1, REJECTED the desk says no". */
extern char kept_answers[200];

struct kept {
    struct jangle *jangle;
    jangle_time now; /* what its clock shows */
    uint64_t next;   /* of its ids */
    struct jangle_error error;
};

/* Open the store at `path` with these, which end with NULL; false: `error` says why. */
bool kept_open(struct kept *kept,
               const char *path,
               struct jangle_subscribers subscribers,
               struct jangle_sagas sagas);

/* All of them; each ends with NULL. */
extern const struct jangle_subscribers kept_subscribers;
extern const struct jangle_sagas kept_sagas;

#endif
