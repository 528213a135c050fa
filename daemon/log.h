/* Events of the daemon on standard error: key=value, one event a line, ids and never texts, for
 * reports name people (D26). */
#ifndef GRID_DAEMON_LOG_H
#define GRID_DAEMON_LOG_H

/* For commands that speak to a person: only errors are logged. */
void log_quiet(void);
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
