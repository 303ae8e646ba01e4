// Builds elements from text alone, and changes a list in its place, so that the focus stays where it is.
export const at = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// A sentence, with what stands between backticks as code.
export const prose = (text) => text.split("`").map((part, n) => n % 2 ? el("code", {}, part) : part);

const kept = new WeakMap();

// Gives `parent` a child for each item. `make` returns [node, update]; an item that is the same again changes nothing.
// So `update` knows what is in the item, and nothing else that may change: a node outlives the look that made it.
export function keyed(parent, items, key, make) {
  const there = new Map([...parent.children].map((node) => [kept.get(node)?.key, node]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let node = there.get(name);
    there.delete(name);
    if (!node) {
      const [made, update] = make(item);
      kept.set(made, {key: name, update});
      node = made;
    }
    const own = kept.get(node);
    const text = own.update && JSON.stringify(item);
    if (own.text !== text) {
      own.update(item);
      own.text = text;
    }
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
  for (const node of there.values()) node.remove();
}
