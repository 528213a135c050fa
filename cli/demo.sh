#!/bin/sh
# The main job in one command, for somebody who sees this for the first time: a township centre, two
# handhelds, reports without a network, a dead battery, a sync, a conflict and its ruling.
#   sh cli/demo.sh [--keep]        --keep leaves the three nodes running
# Unattended, on a fresh Debian 12, as root or with sudo. Every count is checked; a wrong one ends it.
set -eu
cd "$(dirname "$0")/.."
. tests/lib/packages.sh

keep=
case "${1:-}" in
'') ;;
--keep) keep=yes ;;
*)
    echo "用法 (usage): sh cli/demo.sh [--keep]" >&2
    exit 2
    ;;
esac

# --- what is needed, and the programs ---

step_number=0
step() {
    step_number=$((step_number + 1))
    printf '\n\033[1m【%s】%s\033[0m\n' "$step_number" "$1"
    printf '    %s\n' "$2"
}
# colour is for terminals
[ -t 1 ] || step() {
    step_number=$((step_number + 1))
    printf '\n【%s】%s\n    %s\n' "$step_number" "$1" "$2"
}
tell() {
    printf '  %s\n' "$@"
}

step "准备：安装缺少的软件包，编译程序" "Install what is missing and build; the first time takes a minute or two."
# shellcheck disable=SC2086,SC2154 # a list of words
install_missing $build_packages
folder=$(mktemp -d /tmp/grid-demo.XXXXXX)
{
    [ -e build/build.ninja ] || meson setup build
    ninja -C build daemon/gridd cli/grid
} >"$folder/build.log" 2>&1 || {
    tail -n 40 "$folder/build.log"
    echo "编译失败 (the build failed); 全部输出 (whole log): $folder/build.log" >&2
    exit 1
}
gridd=$PWD/build/daemon/gridd
grid=$PWD/build/cli/grid
tell "程序 (programs): build/daemon/gridd  build/cli/grid" "本次演示的目录 (this demo's folder): $folder"

centre=$folder/centre
worker=$folder/suhe
head=$folder/wuguilan

centre_pid=
worker_pid=
head_pid=
finished=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    [ -n "$keep" ] && [ -n "$finished" ] && return
    for pid in $centre_pid $worker_pid $head_pid; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if [ -n "$finished" ]; then
        rm -rf "$folder"
    else
        echo "演示没有做完，现场留在 (not finished; what is left stands in): $folder" >&2
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- small tools ---

# Shows a command as one would type it, then runs it.
show() {
    printf '\n  $'
    for word in "$@"; do
        case $word in
        "$grid") printf ' grid' ;;
        "$gridd") printf ' gridd' ;;
        *[\ \|\;]* | '') printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$@" >"$folder/output" 2>&1 && failed= || failed=$?
    sed 's/^/    /' "$folder/output"
    [ -z "$failed" ] || {
        echo "  ✗ 命令失败 (the command failed): exit $failed" >&2
        exit 1
    }
}

# json EXPRESSION: of the answer on standard input, called `a`
json() {
    python3 -c 'import json, sys; a = json.load(sys.stdin); print('"$1"')'
}

# expect WHAT GOT WANTED
expect() {
    if [ "$2" = "$3" ]; then
        printf '  ✓ %s：%s\n' "$1" "$2"
        return
    fi
    printf '  ✗ %s：得到 (got) %s，应为 (expected) %s\n' "$1" "$2" "$3" >&2
    exit 1
}

# The pid of the started daemon is in $started; it is ready when its socket answers.
start() {
    "$gridd" --home "$1" </dev/null >>"$1.log" 2>&1 &
    started=$!
    limit=$(($(date +%s) + 20))
    until "$grid" --home "$1" status --json >/dev/null 2>&1; do
        if ! kill -0 "$started" 2>/dev/null || [ "$(date +%s)" -gt "$limit" ]; then
            cat "$1.log" >&2
            echo "gridd 没有起来 (did not start): $1" >&2
            exit 1
        fi
        sleep 0.05
    done
}

# stop SIGNAL PID
stop() {
    kill "-$1" "$2"
    wait "$2" 2>/dev/null || true
}

reports_in_queue() {
    "$grid" --home "$1" queue --json | json 'sum(i["kind"] == "create" for i in a["items"])'
}
held_reports() {
    "$grid" --home "$1" queue --all --json |
        json 'sum(i["kind"] == "create" and i["state"] == "held" and i["tier"] >= 1 for i in a["items"])'
}
case_count() {
    "$grid" --home "$1" cases --limit 1000 --json | json 'len(a["cases"])'
}
titles_in_conflict() {
    "$grid" --home "$1" conflicts --json | json 'sum(len(c["values"]) for c in a["conflicts"])'
}

# --- the story ---

step "名册：纳日松镇的 21 个嘎查村（社区），人名都是虚构的" \
    "The roster: the 21 real villages of 纳日松镇 by their official codes; every person is invented."
mkdir "$folder/roster"
cat >"$folder/villages" <<VILLAGES
001 昌和社区 王建平
002 腾飞社区 杨秀峰
200 勿图门村 高占奎
201 勿图沟村 郭玉莲
202 红进塔村 刘海军
203 柳塔村 郝志强
204 二道柳村 乌云娜
205 敖劳不拉村 张永胜
206 乌兰哈达村 巴特尔
207 大路峁村 赵改梅
208 阿贵庙村 李文清
209 川掌村 斯琴
210 纳林庙村 白双喜
211 羊市塔村 袁国华
212 松树墕村 折建军
213 乌拉素村 云飞
214 二长渠村 王二后
215 山不拉村 其其格
216 大西沟村 贾存柱
217 奎洞沟村 田玉梅
218 老荒地村 韩继光
VILLAGES
{
    echo code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,successors
    echo 150622103,township,,纳日松镇,,,39.5500000,110.4500000,,2025-01-01,,
    while read -r tail name secretary; do
        case $name in
        *社区) subkind=community ;;
        *) subkind=village ;;
        esac
        echo "150622103$tail,village,$subkind,$name,,,,,,2025-01-01,,"
    done <"$folder/villages"
    echo 150622103203004,grid,base,柳塔村第四网格,,86,,,,2025-01-01,,
    echo 150622103203004001,micro_grid,household_group,吴家沟社一联户,,45,,,150622103P0017,2025-01-01,,
    echo 150622103203004002,micro_grid,household_group,吴家沟社二联户,,41,,,150622103P0017,2025-01-01,,
    echo 150622103P0017,party_group,,吴家沟党小组,,,,,,2025-01-01,,
} >"$folder/roster/units.csv"
{
    echo person,name,role,place,phone,from,to
    echo p0007,赵明,clerk,150622103,,2025-01-01,
    echo p0003,刘建国,director,150622103,,2025-01-01,
    while read -r tail name secretary; do
        echo "p1$tail,$secretary,village_secretary,150622103$tail,,2025-01-01,"
    done <"$folder/villages"
    echo p0051,白玉山,grid_chief,150622103203004,,2025-01-01,
    echo p0042,苏和,grid_worker,150622103203004,,2025-03-01,
    echo p0106,李秀兰,head,150622103203004001,,2025-03-01,
    echo p0106,李秀兰,group_leader,150622103P0017,,2025-03-01,
    echo p0107,吴桂兰,head,150622103203004002,,2025-03-01,
} >"$folder/roster/posts.csv"
cat >"$folder/roster/departments.csv" <<DEPARTMENTS
id,name,kind,stationing,routes,valid_from,valid_to
150622103D0001,纳日松镇司法所,department,resident,01,2025-01-01,
DEPARTMENTS
tell "$folder/roster: units.csv posts.csv departments.csv"

step "镇综治中心：建家、启动、导入名册" "The township centre: init, start, import the roster."
port=$(python3 -c '
import random, socket
while True:  # below the range that the system gives to outgoing connections
  port = random.randrange(20000, 32000)
  try:
    with socket.socket() as probe:
      probe.bind(("127.0.0.1", port))
    break
  except OSError:
    pass
print(port)')
show "$gridd" init --home "$centre" --unit 150622103 --name 纳日松镇综治中心 --listen "127.0.0.1:$port"
start "$centre"
centre_pid=$started
show "$grid" --home "$centre" roster import "$folder/roster"
expect "嘎查村（社区）数 (villages)" \
    "$("$grid" --home "$centre" roster tree --json | json 'sum(u["kind"] == "village" for u in a["units"])')" 21

step "两台终端入网：网格员苏和、二联户长吴桂兰" \
    "Two handhelds join: grid worker 苏和 and household head 吴桂兰. Each invitation works once."
show "$gridd" join --home "$worker" "$("$grid" --home "$centre" invite --person p0042 --json | json 'a["invite"]')"
show "$gridd" join --home "$head" "$("$grid" --home "$centre" invite --person p0107 --json | json 'a["invite"]')"
start "$worker"
worker_pid=$started
start "$head"
head_pid=$started
"$grid" --home "$worker" sync --wait 30 >/dev/null
"$grid" --home "$head" sync --wait 30 >/dev/null
expect "已注册的终端 (devices)" "$("$grid" --home "$centre" devices --json | json 'len(a["devices"])')" 2

step "没有网络：中心停机，照样上报" \
    "No network: the centre is down. A report is safe the moment the handheld says saved."
stop TERM "$centre_pid"
centre_pid=
show "$grid" --home "$worker" report --category 井盖 --title 吴家沟社井盖被压碎 \
    --text '村口第二个井盖被矿车压碎，已用木板和石块围住，请尽快更换。' --unit 吴家沟社二联户
show "$grid" --home "$worker" report --category 0105 --title 三户院墙出现新裂缝 \
    --text '沿沟三户院墙出现斜向裂缝，最宽约两指，住户担心与采煤有关。' --unit 150622103203004001 --tag mining
show "$grid" --home "$head" report --category 燃气泄漏 --title 老李家厨房煤气味很重 \
    --text '已关阀开窗，人员已撤到院外。'
python3 - >"$folder/reports.jsonl" <<'ROWS'
import json
rows = ["路灯不亮三天了", "垃圾堆在井房旁", "羊群越界吃了青苗", "电线垂到了路面", "冬季烟囱倒灌烟气", "水管冻裂漏水",
        "路面塌了一个坑", "邻里为地界争吵", "运煤车沿途抛洒", "老人想代办社保", "淤地坝放水口堵塞", "草场边有人烧荒"]
for number, title in enumerate(rows, 1):
  print(json.dumps({"key": f"demo-{number}", "title": title, "text": f"巡查第{number}处：{title}，现场已查看。"},
                   ensure_ascii=False))
ROWS
show "$grid" --home "$worker" report --from "$folder/reports.jsonl"
show "$grid" --home "$worker" queue
show "$grid" --home "$head" queue
expect "苏和待传的报告 (waiting at 苏和)" "$(reports_in_queue "$worker")" 14
expect "吴桂兰待传的报告 (waiting at 吴桂兰)" "$(reports_in_queue "$head")" 1

step "电池掉了：kill -9 苏和的终端，再启动" "The battery falls out: kill -9, start again, count again."
stop KILL "$worker_pid"
worker_pid=
start "$worker"
worker_pid=$started
expect "重启后的案件 (cases after the restart)" "$(case_count "$worker")" 14
expect "重启后待传的报告 (still waiting)" "$(reports_in_queue "$worker")" 14
tell "同一个文件再报一遍，什么也不会多 (the same file again adds nothing):"
show "$grid" --home "$worker" report --from "$folder/reports.jsonl"
expect "案件仍然是 (cases, still)" "$(case_count "$worker")" 14

step "网络恢复：中心启动，两台终端同步" "The network is back: the centre starts, both handhelds sync."
start "$centre"
centre_pid=$started
show "$grid" --home "$worker" sync --wait 60
show "$grid" --home "$head" sync --wait 60
expect "中心的案件 (cases at the centre)" "$(case_count "$centre")" 15
expect "苏和收到回执的报告 (receipts at 苏和)" "$(held_reports "$worker")" 14
expect "吴桂兰收到回执的报告 (receipt at 吴桂兰)" "$(held_reports "$head")" 1
show "$grid" --home "$centre" cases

step "同一案件，两边都改了标题，谁也没看到谁" \
    "One case is retitled on both sides while apart; neither saw the other."
case_code=$("$grid" --home "$worker" cases --json |
    json 'next(c["case"] for c in a["cases"] if c["title"] == "吴家沟社井盖被压碎")')
stop TERM "$centre_pid"
centre_pid=
show "$grid" --home "$worker" set "$case_code" title=吴家沟社井盖破碎（已围挡）
stop TERM "$worker_pid"
worker_pid=
start "$centre"
centre_pid=$started
show "$grid" --home "$centre" set "$case_code" title=柳塔村井盖损坏待更换 --as p0007
start "$worker"
worker_pid=$started
"$grid" --home "$worker" sync --wait 60 >/dev/null
tell "两个写法都留着，直到有人裁定 (both values are kept until a person settles it):"
show "$grid" --home "$centre" conflicts show "$case_code"
expect "中心看到的不同写法 (values at the centre)" "$(titles_in_conflict "$centre")" 2

step "裁定：受理员赵明采用现场的写法" "A ruling: clerk 赵明 takes the worker's words; only now it is settled."
choice=$("$grid" --home "$centre" conflicts show "$case_code" --json |
    json 'next(v["n"] for v in a["conflicts"][0]["values"] if "围挡" in v["value"])')
show "$grid" --home "$centre" conflicts resolve "$case_code" title --take "$choice" --reason 以现场为准 --as p0007
expect "中心剩下的冲突 (conflicts left at the centre)" "$(titles_in_conflict "$centre")" 0
expect "中心看到的标题 (title at the centre)" \
    "$("$grid" --home "$centre" show "$case_code" --json | json 'a["title"]')" 吴家沟社井盖破碎（已围挡）
show "$grid" --home "$centre" show "$case_code"

step "答复回到上报人手里：苏和的终端上也能看到" "The answer comes down: the one who reported reads it on the handheld."
show "$grid" --home "$centre" note "$case_code" 已联系供水站，下午更换井盖 --as p0007
limit=$(($(date +%s) + 30))
until [ "$("$grid" --home "$worker" show "$case_code" --json | json 'len(a["notes"])')" = 1 ] ||
    [ "$(date +%s)" -gt "$limit" ]; do
    sleep 0.1
done
show "$grid" --home "$worker" show "$case_code"
expect "苏和看到的标题 (title at 苏和)" \
    "$("$grid" --home "$worker" show "$case_code" --json | json 'a["title"]')" 吴家沟社井盖破碎（已围挡）
expect "苏和看到的受理员留言 (notes at 苏和)" \
    "$("$grid" --home "$worker" show "$case_code" --json | json 'len(a["notes"])')" 1

step "回执：每一条报告到了哪里" "Receipts: where every report is; ✓ the township holds it."
show "$grid" --home "$worker" queue --all
expect "苏和没有待传的 (nothing waits at 苏和)" "$(reports_in_queue "$worker")" 0

step "名册树，谁管这一户" "The roster tree, and who answers for a household."
show "$grid" --home "$centre" roster tree 150622103203
show "$grid" --home "$centre" roster who 吴家沟社二联户

step "最后核对：离线检查每一条链、每一个签名" "At last: verify every chain and every seal, offline."
if [ -z "$keep" ]; then
    stop TERM "$worker_pid"
    stop TERM "$head_pid"
    stop TERM "$centre_pid"
    worker_pid='' head_pid='' centre_pid=''
    for home in "$centre" "$worker" "$head"; do
        show "$gridd" check --home "$home"
    done
else
    tell "（--keep：节点还在运行，检查略过）"
fi

finished=yes
if [ -n "$keep" ]; then
    cat <<HINT

全部正确 (all counts are right)。三个节点还在运行 (the nodes keep running)，可以接着试 (go on by hand):
    alias centre='$grid --home $centre --as p0007'
    alias suhe='$grid --home $worker'
    suhe report --title 村口来了一群羊 --text 挡住了路
    suhe queue
    suhe sync --wait 10
    centre cases
    centre show '$case_code'
    suhe help
停止并清理 (stop and clean up):
    kill $centre_pid $worker_pid $head_pid; rm -rf $folder
HINT
else
    cat <<HINT

全部正确，已清理 (all counts are right; cleaned up)。想自己动手 (to go on by hand):
    sh cli/demo.sh --keep      三个节点留着运行，并打印接下来的命令 (leaves the nodes running, prints what to type)
    build/cli/grid help        全部命令 (all commands)
HINT
fi
