/* Places in the article. The archive counts Unicode code points from the start of the capture;
   the DOM counts UTF-16 code units, in which an emoji is two. Everything that crosses between
   the two is here. Each paragraph has its own offset in data-start. */

const LINES = 'p[data-start]';
const ENDS_INSIDE_A_CHARACTER = /[\uD800-\uDBFF]$/;

export const linesIn = (root) => [...root.querySelectorAll(LINES)];

const codePoints = (text) => [...text].length;

/* The code point offset of a point of the DOM inside a paragraph. A point between the two
   halves of a character counts as before it for a start, and as after it for an end. */
function offsetAt(line, node, at, isStart) {
    const range = document.createRange();
    range.setStart(line, 0);
    range.setEnd(node, at);
    const before = range.toString();
    const half = isStart && ENDS_INSIDE_A_CHARACTER.test(before) ? 1 : 0;
    return Number(line.dataset.start) + codePoints(before) - half;
}

/* The selection inside `root` as {start, end}; null where it has no words of it.
   What is selected beyond the paragraphs does not count. */
export function selectedIn(root) {
    const selection = document.getSelection();
    if (!selection.rangeCount || !selection.toString().trim()) return null;
    const range = selection.getRangeAt(0);
    const lines = linesIn(root).filter((line) => range.intersectsNode(line));
    if (!lines.length) return null;
    const first = lines[0];
    const last = lines[lines.length - 1];
    const start = first.contains(range.startContainer)
        ? offsetAt(first, range.startContainer, range.startOffset, true)
        : Number(first.dataset.start);
    const end = last.contains(range.endContainer)
        ? offsetAt(last, range.endContainer, range.endOffset, false)
        : Number(last.dataset.start) + codePoints(last.textContent);
    return start < end ? {start, end} : null;
}

/* The point of the DOM at so many UTF-16 units into a paragraph. */
export function pointIn(line, units) {
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    let left = units;
    let node;
    while (texts.nextNode()) {
        node = texts.currentNode;
        if (left <= node.data.length) return [node, left];
        left -= node.data.length;
    }
    return node ? [node, node.data.length] : [line, 0];
}

/* A range of the DOM for a passage given in code points. */
export function rangeOf(root, start, end) {
    const range = document.createRange();
    range.setStart(...pointAt(root, start));
    range.setEnd(...pointAt(root, end));
    return range;
}

function pointAt(root, offset) {
    const lines = linesIn(root);
    const line = lines.findLast((one) => Number(one.dataset.start) <= offset) || lines[0];
    const before = [...line.textContent].slice(0, offset - Number(line.dataset.start));
    return pointIn(line, before.join('').length);
}
