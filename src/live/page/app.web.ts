import type { PipelineSchema } from "../../pipeline/pipeline-schema.ts";
import type { PipelineState } from "../pipeline-state.ts";
import type { Channel } from "../wire/ops.ts";
import { Connection } from "./connection.web.ts";
import { byId, element } from "./dom.web.ts";
import { GroupView } from "./group-view.web.ts";
import { PipelinePanel } from "./pipeline-panel.web.ts";

const REFRESH_MS = 1000;

const [main, notes, status] = [byId("groups"), byId("notes"), byId("status")];
const empty = main.firstElementChild!;
const panel = new PipelinePanel(byId("pipeline"));
const groups = new Map<string, GroupView>();
/** Channel → the group that shows it. */
const shownIn = new Map<number, GroupView>();
let hasLinks = false;

const connection = new Connection(location.origin.replace(/^http/, "ws"), {
  onState: (isConnected) => say(isConnected ? "live" : "lost", isConnected ? "live" : "not connected, trying again"),
  onServer: clear,
  onChannel: (channel) => lenient(show(channel)),
  onChannelGone: remove,
  onServices: () => lenient(refresh()),
  onMessage: (id, { payload, timestamp }) => shownIn.get(id)?.take(id, payload, timestamp),
  onNote: (message) => notes.append(element("p", {}, message)),
});

async function show(channel: Channel): Promise<void> {
  const byTopic = JSON.parse(await connection.call("topicGroups")) as Record<string, string>;
  const name = byTopic[channel.topic] ?? "";
  const group = groups.get(name) ?? new GroupView(name);
  groups.set(name, group);
  group.add(channel);
  shownIn.set(channel.id, group);
  main.append(group.element);
  empty.remove();
  connection.subscribe(channel.id);
}

function remove(channelId: number): void {
  const group = shownIn.get(channelId);
  group?.remove(channelId);
  shownIn.delete(channelId);
  for (const [name, each] of groups) {
    if (!each.isEmpty) continue;
    each.element.remove();
    groups.delete(name);
  }
  if (groups.size === 0) main.append(empty);
}

function clear(): void {
  for (const id of [...shownIn.keys()]) remove(id);
  notes.replaceChildren();
  panel.hide();
  hasLinks = false;
}

async function refresh(): Promise<void> {
  const now = performance.now();
  for (const group of groups.values()) group.tell(now);
  if (!connection.hasService("pipelineState")) return;
  if (!hasLinks) {
    hasLinks = true;
    const { pipeline } = JSON.parse(await connection.call("pipelineSchema")) as PipelineSchema;
    panel.setLinks(pipeline.connections);
  }
  const state = JSON.parse(await connection.call("pipelineState")) as PipelineState;
  panel.show(state, performance.now());
  say("live", state.isRunning ? "live" : "the pipeline is not running");
}

function say(state: "live" | "lost", text: string): void {
  status.dataset.state = state;
  if (status.textContent !== text) status.textContent = text;
}

async function press(key: string): Promise<void> {
  await connection.call("keyPressed", { key });
}

function repaint(now: number): void {
  for (const group of groups.values()) group.tick(now);
  requestAnimationFrame(repaint);
}

/** What is asked while the connection is lost is asked again later. */
function lenient(promise: Promise<void>): void {
  promise.catch(() => {});
}

requestAnimationFrame(repaint);
setInterval(() => {
  if (!document.hidden) lenient(refresh());
}, REFRESH_MS);
document.addEventListener("visibilitychange", () => connection.watch(!document.hidden));
byId("stop").addEventListener("click", () => lenient(press("q")));
document.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey, repeat, target }) => {
  const isControl = key === " " && target instanceof Element && target.closest("button, input") !== null;
  if (key.length === 1 && !ctrlKey && !metaKey && !altKey && !repeat && !isControl) lenient(press(key));
});
