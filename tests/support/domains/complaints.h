/* complaints.h - what a spec complains of, kept from the reader of the test. */
#ifndef COMPLAINTS_H
#define COMPLAINTS_H

#include <jangle/testing.h>

/* Run it, which returns the number of its complaints, as jangle_spec_close does. All
 * that it printed is in `complaints_text` afterwards. */
int complaints_of(int (*say)(void));

extern char complaints_text[8192];

/* It has this one complaint, with those words in it. */
void assert_complaint(int (*say)(void), const char *words);

/* The same of each, which says it to *spec. */
struct complaint {
    void (*say)(void);
    const char *words;
};

void assert_complaints(struct jangle_spec **spec,
                       const struct complaint *list,
                       size_t count);

#endif
