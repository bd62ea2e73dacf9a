/* complaints.h - what a spec complains of, kept from the reader of the test. */
#ifndef COMPLAINTS_H
#define COMPLAINTS_H

/* Run it, which returns the number of its complaints, as jangle_spec_close does. All
 * that it printed is in `complaints_text` afterwards. */
int complaints_of(int (*say)(void));

extern char complaints_text[8192];

/* It has this one complaint, with those words in it. */
void assert_complaint(int (*say)(void), const char *words);

#endif
