/* screen.h - stdout: a terminal, with a pager if it is too small, or a pipe or a file. */
#ifndef ADMIN_SCREEN_H
#define ADMIN_SCREEN_H

#include "admin/bytes.h"

#include <stdio.h>

struct jn_screen {
    bool is_terminal;
    bool colors;   /* a terminal that has them, and nobody asked for none */
    size_t width;  /* of a terminal, in columns; 0: it is none, and nothing is cut */
    size_t height; /* in lines */
    bool may_page; /* what does not fit is shown by $PAGER */
    bool closed;   /* nobody reads any more */
    int error;     /* the errno of a write that failed; 0: none */
    FILE *pager;
    struct jn_bytes held; /* not written yet */
};

/* See what stdout is. */
void jn_screen_begin(struct jn_screen *screen);

/* From now on everything is written at once, and no pager is started. */
void jn_screen_follow(struct jn_screen *screen);

/* Write what is held, unless it may still fit on the terminal. False: nobody reads any
 * more, or it failed. */
bool jn_screen_flush(struct jn_screen *screen);

/* Does anybody read? False, also before the next write: the reader of the pipe has ended,
 * or the terminal has hung up. */
bool jn_screen_is_read(struct jn_screen *screen);

/* Write the rest, and wait until the reader has left the pager. False: it failed. */
bool jn_screen_end(struct jn_screen *screen);

#endif
