/* The card at a cited passage. Hovering or focusing the passage names its records; a click or
   Enter opens the card with their links. Its lines are those of the margin. */

const DELAY = 250;  // the pointer only passes by, or crosses from the passage to the card

export class Card {
    constructor(card) {
        this.card = card;
        this.mark = null;
        window.addEventListener('resize', () => this.hide(false));
        card.addEventListener('mouseenter', () => clearTimeout(this.timer));
        card.addEventListener('mouseleave', () => this.hideSoon());
        document.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && !card.hidden) this.hide();
        });
        document.addEventListener('pointerdown', (event) => {
            if (!card.contains(event.target)) this.hide(false);
        });
        card.addEventListener('focusout', (event) => {
            if (this.isOpen && event.relatedTarget && !card.contains(event.relatedTarget)) {
                this.hide(false);
            }
        });
    }

    get isOpen() {
        return this.card.getAttribute('role') === 'dialog';
    }

    /* The passages and the margin were rendered anew. */
    attach(body, margin) {
        const markAt = (event) => event.target.closest?.('mark');
        body.addEventListener('mouseover', (event) => {
            const mark = markAt(event);
            // Not while a selection is being drawn.
            if (!mark || event.buttons || this.isOpen) return;
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.show(mark), DELAY);
        });
        body.addEventListener('mouseout', (event) => markAt(event) && this.hideSoon());
        body.addEventListener('focusin', (event) => {
            if (markAt(event) && !this.isQuiet) this.show(markAt(event));
        });
        // A press may begin a selection, and Chromium selects nothing from the first letter of
        // what takes the focus: so while the pointer is down, the passage cannot.
        body.addEventListener('pointerdown', (event) => {
            const mark = markAt(event);
            const place = mark?.getAttribute('tabindex');
            if (!place) return;
            mark.removeAttribute('tabindex');
            const restore = () => mark.setAttribute('tabindex', place);
            for (const end of ['pointerup', 'pointercancel']) {
                document.addEventListener(end, restore, {once: true});
            }
        });
        body.addEventListener('focusout', () => !this.isOpen && this.hide(false));
        body.addEventListener('click', (event) => {
            // The end of a selection is no click.
            if (markAt(event) && document.getSelection().isCollapsed) this.open(markAt(event));
        });
        body.addEventListener('keydown', (event) => {
            if (markAt(event) && ['Enter', ' '].includes(event.key)) {
                event.preventDefault();
                this.open(markAt(event));
            }
        });
        // In the margin, a line lights up its passage.
        for (const kind of ['mouseover', 'focusin']) {
            margin.addEventListener(kind, (event) => {
                const lines = event.target.closest('.passage')?.querySelectorAll('[data-citation]');
                light([...lines || []].map((line) => line.dataset.citation));
            });
        }
        for (const kind of ['mouseleave', 'focusout']) margin.addEventListener(kind, () => light([]));
    }

    show(mark) {
        clearTimeout(this.timer);
        if (mark === this.mark && !this.card.hidden) return;
        this.hide(false);
        this.mark = mark;
        const citations = mark.dataset.citations.trim().split(' ');
        const list = document.createElement('ul');
        for (const citation of citations) {
            const line = document.getElementById(`citation-${citation}`).cloneNode(true);
            for (const one of [line, ...line.querySelectorAll('[id]')]) one.removeAttribute('id');
            line.addEventListener('mouseenter', () => light([citation]));
            line.addEventListener('mouseleave', () => light(citations));
            list.append(line);
        }
        this.card.replaceChildren(list);
        this.card.setAttribute('role', 'tooltip');
        this.card.hidden = false;
        this.place();
        light(citations);
    }

    open(mark) {
        this.show(mark);
        const close = document.createElement('button');
        close.type = 'button';
        close.textContent = 'Close';
        close.addEventListener('click', () => this.hide());
        this.card.append(close);
        this.card.setAttribute('role', 'dialog');
        this.card.setAttribute('aria-label', 'Records that this passage is cited for');
        this.place();
        this.card.querySelector('a').focus({preventScroll: true});
    }

    hideSoon() {
        clearTimeout(this.timer);
        if (!this.isOpen) this.timer = setTimeout(() => this.hide(false), DELAY);
    }

    hide(takesFocus = true) {
        clearTimeout(this.timer);
        const wasOpen = this.isOpen;
        this.card.hidden = true;
        this.card.removeAttribute('role');
        this.card.removeAttribute('aria-label');
        light([]);
        if (wasOpen && takesFocus) this.focusOn(this.mark);
    }

    /* Back to a passage, without naming its records once more. */
    focusOn(mark) {
        if (!mark.isConnected) return;
        this.isQuiet = true;
        if (!mark.hasAttribute('tabindex')) mark.tabIndex = -1;
        mark.focus({preventScroll: true});
        this.isQuiet = false;
    }

    /* Below the first line of the passage, inside the window. */
    place() {
        const rect = this.mark.getClientRects()[0] || this.mark.getBoundingClientRect();
        const frame = this.card.offsetParent.getBoundingClientRect();
        const room = document.documentElement.clientWidth - this.card.offsetWidth - 8;
        this.card.style.left = `${Math.max(8, Math.min(rect.left, room)) - frame.left}px`;
        this.card.style.top = `${rect.bottom - frame.top + 4}px`;
    }
}

/* Marks the whole extent of some citations, which others may overlap. */
export function light(citations) {
    for (const mark of document.querySelectorAll('mark.lit')) mark.classList.remove('lit');
    for (const citation of citations) {
        for (const mark of marksOf(citation)) mark.classList.add('lit');
    }
}

export const marksOf = (citation) =>
    document.querySelectorAll(`mark[data-citations~="${citation}"]`);
