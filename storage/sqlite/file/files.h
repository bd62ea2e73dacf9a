/* files.h - where a database may be, and how its file is made. Nothing here ever opens
 * it: closing it again would drop SQLite's locks of this process. */
#ifndef JN_FILES_H
#define JN_FILES_H

#include <jangle/plugin/support.h>

/* The path from the root, without links, in memory of the allocator. The folder must be
 * there; the file need not, but what is there must be an ordinary file with one name, on
 * a disk of this machine. INVALID or STORAGE with a sentence. */
enum jangle_result jn_files_locate(const struct jangle_allocator *allocator,
                                   const char *path,
                                   char **full_path,
                                   struct jangle_error *error);

/* STORAGE if it is there and this process may not write it; `shown` is what it is called
 * in the sentence. To be asked before SQLite opens it: the files that SQLite makes beside
 * it get its mode, and nobody could write them when it can be written again. */
enum jangle_result
jn_files_check_writable(const char *path, const char *shown, struct jangle_error *error);

/* Make it, empty and readable by its owner alone, if it is not there. Whoever makes it
 * at the same time gets the same file. INVALID if another file has left something of its
 * group there, as for jn_files_publish. */
enum jangle_result jn_files_make(const struct jangle_host *host,
                                 const char *path,
                                 struct jangle_error *error);

/* Make an empty file of a new name beside `path`; the name is written to `temporary`, in
 * memory of the allocator. */
enum jangle_result jn_files_make_temporary(const struct jangle_host *host,
                                           const char *path,
                                           char **temporary,
                                           struct jangle_error *error);

/* Give a file its name, if nobody has it, nor any of its group: else INVALID. Durable;
 * the temporary name is gone in any case. */
enum jangle_result
jn_files_publish(const char *temporary, const char *path, struct jangle_error *error);

/* Of a file system that is not on this machine, by the number that statfs gives it; NULL
 * if it is. */
const char *jn_files_network(uint32_t type);

#endif
