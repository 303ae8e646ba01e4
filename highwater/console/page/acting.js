// Asks for something to be done: the dry run first, then a yes, then what became of it.
import {ask, Trouble} from "./asking.js";
import {at, el, prose} from "./dom.js";

const LOOK_EVERY = 1500, LOOKS = 40;
const dialog = at("act"), form = dialog.querySelector("form"), plan = at("plan"), sure = at("sure"), doing = at("do");
let cluster, instance, question, turn = 0, after = () => {};

export const whenDone = (then) => { after = then; };

export function open(name, rdb, ways, first) {
  [cluster, instance] = [name, rdb];
  form.reset();
  form.elements.action.replaceChildren(...ways.map(([value, words]) => el("option", {value, selected: value === first}, words)));
  forget();
  dialog.showModal();
}

function forget() {
  turn += 1;
  question = undefined;
  const action = form.elements.action.value;
  at("act-title").textContent = `${form.elements.action.selectedOptions[0].text}: ${instance ?? cluster}`;
  for (const label of form.querySelectorAll("[data-of]")) label.hidden = !label.dataset.of.split(" ").includes(action);
  form.elements.reason.required = action === "hold";
  plan.replaceChildren();
  [sure.hidden, doing.disabled, form.elements.sure.checked] = [true, true, false];
}

const asked = () => {
  const {action, by, until, reason} = form.elements, has = (field) => !field.closest("label").hidden;
  return {
    action: action.value, instance, by: has(by) ? Number(by.value) : 1,
    until: has(until) ? until.value.trim() : "", reason: has(reason) ? reason.value.trim() : "",
  };
};

// Runs something of the dialog; what it says is dropped if the person went on meanwhile.
async function within(step) {
  const mine = turn;
  try {
    await step((...nodes) => { if (mine === turn) plan.replaceChildren(...nodes); return mine === turn; });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (mine === turn) plan.replaceChildren(el("p", {className: "bad"}, ...prose(error.message)));
  }
}

async function show(say) {
  say(el("p", {className: "note"}, "Asking what it would do …"));
  const shown = await ask(`clusters/${cluster}/plan`, asked());
  const does = [shown.does].flat();
  const there = say(
    ...shown.asked.map((text) => el("p", {className: "note"}, ...prose(text))),
    ...does.map((text) => el("p", {className: "acts"}, ...prose(text))),
    el("p", {className: "note"}, ...prose(shown.why)),
    ...(shown.but ?? []).map((text) => el("p", {className: "bad"}, ...prose(text))),
  );
  if (!there) return;
  question = shown.question;
  sure.hidden = !question;
  sure.querySelector("span").textContent = `${question} This can't be taken back.`;
  doing.disabled = Boolean(question);
  (question ? form.elements.sure : doing).focus();
}

async function carryOut(say) {
  doing.disabled = true;
  say(el("p", {className: "note"}, "Asking …"));
  const {command, asked: texts} = await ask(`clusters/${cluster}/act`, {...asked(), question});
  const said = texts.map((text) => el("p", {className: "note"}, ...prose(text)));
  say(...said, el("p", {}, "It is queued; waiting for what becomes of it …"));
  for (let look = 0; look < LOOKS; look += 1) {
    const {state} = await ask(`clusters/${cluster}/commands/${command}`);
    if (state !== "waiting") {
      say(...said, el("p", {className: "good"}, `Done: ${state}.`));
      after();
      return;
    }
    await new Promise((then) => { setTimeout(then, LOOK_EVERY); });
  }
  say(...said, el("p", {}, ...prose(`It still waits: \`highwater command ${command} --follow\` says what becomes of it.`)));
}

form.onsubmit = (event) => {
  event.preventDefault();
  forget();
  within(show);
};
form.oninput = (event) => {
  if (event.target.name === "sure") doing.disabled = !event.target.checked;
  else forget();
};
doing.onclick = () => { sure.hidden = true; within(carryOut); };
at("close").onclick = () => dialog.close();
dialog.onclose = forget;
