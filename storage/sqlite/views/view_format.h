/* view_format.h - the tables that jangle keeps in a view's file, and how older ones
 * become them. */
#ifndef JN_VIEW_FORMAT_H
#define JN_VIEW_FORMAT_H

#include "sqlite/views/view_file.h"

enum { JN_VIEW_APPLICATION_ID = 0x6a766965, JN_VIEW_FORMAT = 2 };

/* Makes the tables, in an empty file. */
extern const char jn_view_tables[];

/* Bring an older file up to date, in one transaction; nothing happens to a current one.
 * The view's rows stay, so it needs no replay. */
enum jangle_result jn_view_migrate(struct jangle_view *view, struct jangle_error *error);

/* For those who will not bring it up to date: INVALID if it is older. */
enum jangle_result jn_view_check_current(struct jangle_view *view,
                                         struct jangle_error *error);

#endif
