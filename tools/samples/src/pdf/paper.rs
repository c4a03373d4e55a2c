//! A document: pages, fonts, producer and, for a scan, the picture.

use std::collections::BTreeSet;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, TextStr};

use super::{Face, Page, Picture, type3};

const PICTURE: &[u8] = b"Im1";
const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const FIRST_FREE: Ref = Ref::new(4);

pub(crate) struct Paper {
    producer: &'static str,
    compressed: bool,
    pages: Vec<Page>,
    picture: Option<Picture>,
}

impl Paper {
    pub(crate) fn new(producer: &'static str, pages: Vec<Page>) -> Self {
        Self { producer, compressed: false, pages, picture: None }
    }

    /// The same with deflated content streams.
    pub(crate) fn compressed(self) -> Self {
        Self { compressed: true, ..self }
    }

    /// One page that is nothing but a picture.
    pub(crate) fn scanned(producer: &'static str, size: (f32, f32), picture: Picture) -> Self {
        let mut page = Page::new(size);
        page.picture(PICTURE);
        Self { picture: Some(picture), ..Self::new(producer, vec![page]) }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let mut pdf = Pdf::new();
        let mut free = FIRST_FREE;
        pdf.catalog(CATALOG).pages(TREE);
        pdf.document_info(INFO).producer(TextStr(self.producer)).title(TextStr("Invoice"));
        let picture = self.picture.map(|picture| write_picture(&mut pdf, &mut free, &picture));
        let faces: BTreeSet<Face> = self.pages.iter().flat_map(|page| page.faces()).copied().collect();
        let fonts: Vec<(Face, Ref)> =
            faces.into_iter().map(|face| (face, write_font(&mut pdf, &mut free, face))).collect();

        let mut kids = Vec::new();
        for page in self.pages {
            let (id, content) = (free.bump(), free.bump());
            kids.push(id);
            let mut out = pdf.page(id);
            out.parent(TREE).contents(content);
            out.media_box(Rect::new(0.0, 0.0, page.width(), page.height()));
            if page.rotation() != 0 {
                out.rotate(page.rotation());
            }
            let mut resources = out.resources();
            if let Some(picture) = picture {
                resources.x_objects().pair(Name(PICTURE), picture);
            } else {
                resources.fonts().pairs(fonts.iter().map(|(face, id)| (Name(face.resource()), *id)));
            }
            resources.finish();
            out.finish();
            write_content(&mut pdf, content, &page.finish(), self.compressed);
        }
        pdf.pages(TREE).count(i32::try_from(kids.len()).unwrap_or(i32::MAX)).kids(kids);
        pdf.finish()
    }
}

fn write_font(pdf: &mut Pdf, free: &mut Ref, face: Face) -> Ref {
    if face == Face::Dots {
        return type3::write(pdf, free);
    }
    let id = free.bump();
    pdf.type1_font(id).base_font(Name(face.base_font())).encoding_predefined(Name(b"WinAnsiEncoding"));
    id
}

fn write_content(pdf: &mut Pdf, id: Ref, content: &[u8], compressed: bool) {
    if compressed {
        pdf.stream(id, &compress_to_vec_zlib(content, 6)).filter(Filter::FlateDecode);
    } else {
        pdf.stream(id, content);
    }
}

fn write_picture(pdf: &mut Pdf, free: &mut Ref, picture: &Picture) -> Ref {
    let id = free.bump();
    let data = compress_to_vec_zlib(picture.bits(), 6);
    let mut image = pdf.image_xobject(id, &data);
    image.filter(Filter::FlateDecode);
    image.width(picture.width()).height(picture.height()).bits_per_component(1);
    image.color_space().device_gray();
    id
}
