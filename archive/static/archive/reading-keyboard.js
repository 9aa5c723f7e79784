/* Marking without a mouse. A cursor of one word moves by arrow keys; Shift extends from where
   it stood. What is marked is the document's own selection, so it is cited like any other. */

import {linesIn, pointIn} from './reading-offsets.js';

export class KeyboardMarking {
    constructor({button, text, body, say, cite}) {
        Object.assign(this, {button, text, body, say, cite});
        this.isOn = false;
        this.anchor = this.focus = 0;
        button.addEventListener('click', () => (this.isOn ? this.leave() : this.enter()));
    }

    /* The text was rendered anew: other nodes, the same words. */
    attach(text, body) {
        Object.assign(this, {text, body});
        text.addEventListener('keydown', (event) => this.pressed(event));
        text.addEventListener('focusout', (event) => {
            if (this.isOn && !text.contains(event.relatedTarget)) this.leave(false);
        });
        this.words = null;
    }

    /* Words and signs as a reader tells them apart; blanks are none. */
    get units() {
        if (this.words) return this.words;
        const segmenter = new Intl.Segmenter(this.text.lang || 'en', {granularity: 'word'});
        this.words = linesIn(this.body).flatMap((line) =>
            [...segmenter.segment(line.textContent)]
                .filter(({segment}) => segment.trim())
                .map(({segment, index}) => ({line, from: index, to: index + segment.length})));
        return this.words;
    }

    enter() {
        if (!this.units.length) return;
        this.isOn = true;
        this.button.setAttribute('aria-pressed', 'true');
        // Screen readers hand the arrow keys to an application, and only there.
        this.text.setAttribute('role', 'application');
        this.text.setAttribute('aria-label', 'Marking by keyboard');
        this.text.setAttribute('aria-describedby', 'keys');
        document.getElementById('keys').hidden = false;
        if (this.focus >= this.units.length || !this.isVisible(this.focus)) {
            this.focus = Math.max(0, this.units.findIndex((_, index) => this.isVisible(index)));
        }
        this.anchor = this.focus;
        this.text.focus({preventScroll: true});
        this.show();
    }

    leave(takesFocus = true) {
        this.isOn = false;
        this.button.setAttribute('aria-pressed', 'false');
        for (const name of ['role', 'aria-label', 'aria-describedby']) this.text.removeAttribute(name);
        document.getElementById('keys').hidden = true;
        if (takesFocus) this.button.focus();
    }

    pressed(event) {
        if (!this.isOn || event.altKey) return;
        const jump = event.ctrlKey || event.metaKey;
        const moves = {
            ArrowRight: () => this.focus + 1,
            ArrowLeft: () => this.focus - 1,
            ArrowDown: () => (jump ? this.paragraph(1) : this.line(1)),
            ArrowUp: () => (jump ? this.paragraph(-1) : this.line(-1)),
            Home: () => this.units.findIndex(({line}) => line === this.here.line),
            End: () => this.units.findLastIndex(({line}) => line === this.here.line),
        };
        if (event.key in moves) {
            const next = moves[event.key]();
            this.focus = Math.min(Math.max(next, 0), this.units.length - 1);
            if (!event.shiftKey) this.anchor = this.focus;
            this.show();
        } else if (event.key === 'Enter') {
            this.leave(false);
            this.cite();
        } else if (event.key === 'Escape') {
            document.getSelection().removeAllRanges();
            this.leave();
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    get here() {
        return this.units[this.focus];
    }

    rectOf(index) {
        const {line, from, to} = this.units[index];
        const range = document.createRange();
        range.setStart(...pointIn(line, from));
        range.setEnd(...pointIn(line, to));
        return range.getBoundingClientRect();
    }

    isVisible(index) {
        const {top, bottom} = this.rectOf(index);
        return top >= 0 && bottom <= window.innerHeight;
    }

    /* The nearest word in the line of print above or below. */
    line(step) {
        const from = this.rectOf(this.focus);
        let best = this.focus;
        let nearest = Infinity;
        let level = null;
        for (let index = this.focus + step; this.units[index]; index += step) {
            const rect = this.rectOf(index);
            if (Math.abs(rect.top - from.top) < from.height / 2) continue;
            level ??= rect.top;
            if (Math.abs(rect.top - level) > from.height / 2) break;
            const distance = Math.abs(rect.left - from.left);
            if (distance < nearest) [best, nearest] = [index, distance];
        }
        return best;
    }

    paragraph(step) {
        const {line} = this.here;
        if (step > 0) {
            const next = this.units.findIndex((unit, index) =>
                index > this.focus && unit.line !== line);
            return next < 0 ? this.units.length - 1 : next;
        }
        const first = this.units.findIndex((unit) => unit.line === line);
        const before = this.units[first - 1]?.line;
        return first < this.focus || !before ? first
            : this.units.findIndex((unit) => unit.line === before);
    }

    show() {
        const [first, last] = [this.anchor, this.focus].sort((one, other) => one - other);
        const [from, to] = [this.units[first], this.units[last]];
        document.getSelection().setBaseAndExtent(
            ...pointIn(from.line, from.from), ...pointIn(to.line, to.to));
        const rect = this.rectOf(this.focus);
        const edge = 80;
        if (rect.top < edge) window.scrollBy(0, rect.top - edge);
        if (rect.bottom > window.innerHeight - edge) {
            window.scrollBy(0, rect.bottom - window.innerHeight + edge);
        }
        this.say(document.getSelection().toString().slice(-120));
    }
}
