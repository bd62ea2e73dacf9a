/* shown.h - parcels as text, so that a test compares all of them at once. */
#ifndef SHOWN_H
#define SHOWN_H

#include <jangle/plugin/transport.h>

#include <stdio.h>

/* Add a parcel: a line for each part that it has. */
void shown_parcel(FILE *text, const struct jangle_parcel *parcel);

/* A whole file. The caller frees it. */
char *shown_file(const char *folder, const char *name);

#endif
