/* files.h - where a database may be, and how its file is made. Nothing here opens a
 * database file, because closing it again would drop the locks that SQLite holds in this
 * process. */
#ifndef JN_FILES_H
#define JN_FILES_H

#include <jangle/plugin/support.h>

/* The path of a database from the root, without links, in memory of the allocator. The
 * folder must exist. The file need not exist; if it does, it must be an ordinary file
 * with one name. Both must be on a disk of this machine. INVALID or STORAGE with a
 * sentence. */
enum jangle_result jn_files_locate(const struct jangle_allocator *allocator,
                                   const char *path,
                                   char **full_path,
                                   struct jangle_error *error);

/* STORAGE if the file exists and this process may not write it; the sentence calls it
 * `shown`. Called before SQLite opens the file, because SQLite would make the files
 * beside it with the same mode, and they would stay write-protected. */
enum jangle_result
jn_files_check_writable(const char *path, const char *shown, struct jangle_error *error);

/* Make an empty file that only its owner can read, if there is none. Two programs that do
 * this at the same time get the same file. INVALID as for jn_files_publish. */
enum jangle_result jn_files_make(const struct jangle_host *host,
                                 const char *path,
                                 struct jangle_error *error);

/* Make an empty file with a new name beside `path`. The name is returned in `temporary`,
 * in memory of the allocator. */
enum jangle_result jn_files_make_temporary(const struct jangle_host *host,
                                           const char *path,
                                           char **temporary,
                                           struct jangle_error *error);

/* Give a temporary file its name, durably. INVALID if there is a file of that name, or
 * one that another database has left beside it. The temporary name is gone in
 * any case. */
enum jangle_result
jn_files_publish(const char *temporary, const char *path, struct jangle_error *error);

/* The name of a network file system, by the number that statfs gives it; NULL if it is
 * none. */
const char *jn_files_network(uint32_t type);

#endif
