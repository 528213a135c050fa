#!/bin/sh
# Who may include whom: every include of ours against the table of the house, every outside header
# against its owner. What stands higher calls what stands lower, never back.
#   sh tests/layering.sh [folder]      folder: the top of the tree, by default this one
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2

find proto libgrid daemon cli -name '*.[ch]' | sort | xargs awk '
    # The layer of a file: its folder, the room within libgrid.
    function layer_of(path,    parts, count)
    {
        count = split(path, parts, "/")
        if (parts[1] != "libgrid")
            return parts[1]
        if (count == 2)
            return parts[2] == "embed.c" ? "tool" : "node"
        return parts[2]
    }
    function refuse(why)
    {
        printf "%s:%d: %s\n    %s\n", FILENAME, FNR, why, $0
        failed = 1
    }
    BEGIN {
        may["proto"] = "proto"
        may["store"] = "store proto"
        may["roster"] = "roster store proto"
        may["log"] = "log roster store proto"
        may["case"] = "case log roster store proto"
        may["sync"] = "sync case log roster store proto"
        may["node"] = "node sync case log roster store proto"
        may["daemon"] = "daemon proto"
        may["cli"] = "cli proto"
        may["tool"] = ""

        owner["msgpack.h"] = owner["zlib.h"] = "proto"
        owner["sqlite3.h"] = "store"
        owner["csv.h"] = "roster cli"
        owner["uv.h"] = owner["ini.h"] = "daemon"
        owner["jansson.h"] = owner["utf8proc.h"] = owner["qrencode.h"] = "cli"

        # system calls, clocks and threads: the daemon and the command line have them, no one else
        split("unistd.h fcntl.h pthread.h time.h signal.h poll.h netdb.h dirent.h sys/socket.h " \
              "sys/un.h sys/stat.h sys/time.h sys/random.h sys/epoll.h sys/mman.h netinet/in.h " \
              "netinet/tcp.h arpa/inet.h", list, " ")
        for (i in list)
            system_call[list[i]] = 1
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, quoted, "\"")
        from = layer_of(FILENAME)
        if (quoted[2] !~ /^(proto|libgrid|daemon|cli)\//) {
            refuse("an include of ours names its layer: \"proto/entry.h\"")
            next
        }
        to = layer_of(quoted[2])
        if (from == "daemon" && quoted[2] == "libgrid/grid.h")
            next
        if (index(" " may[from] " ", " " to " ") == 0)
            refuse(from " may not include " to " (it may: " may[from] ")")
        next
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
        header = $0
        sub(/^[^<]*</, "", header)
        sub(/>.*/, "", header)
        from = layer_of(FILENAME)
        if (header in owner && index(" " owner[header] " ", " " from " ") == 0)
            refuse("<" header "> belongs to: " owner[header])
        if (header ~ /^openssl\// && from != "proto" && from != "daemon")
            refuse("<" header "> belongs to: proto (crypto), daemon (TLS)")
        if (header in system_call && from != "daemon" && from != "cli" && from != "tool")
            refuse("<" header "> is a system call or a clock: those are handed in")
    }
    END { exit failed }
'
